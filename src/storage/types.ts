import type { ClusterId, Incarnation, LogIndex, NodeId } from "../base/brands.ts";
import type { JobPart } from "../codec/jobPart.ts";
import type { MachineRecord, MetaRecord, SideRecord } from "../machine/types.ts";
import type { Entry, HardState, Membership } from "../raft/types.ts";

/** One atomic durable write: first cut from `truncateFrom`, then append, and replace the hard state. */
export interface DurableBatch {
  readonly hardState: HardState | null;
  readonly truncateFrom: LogIndex | null;
  readonly entries: readonly Entry[];
}

/** Who a data directory belongs to. */
export interface Identity {
  readonly clusterId: ClusterId;
  readonly nodeId: NodeId;
  /** Drawn at random when the directory was created: a wiped directory is another one. */
  readonly incarnation: Incarnation;
  /** The configuration that the cluster was started with; empty for a node that joined. */
  readonly membership: Membership;
  /** Name of the cluster, as configured. */
  readonly clusterName: string;
  /** Not a member yet under this incarnation; `replaces` is the one whose data was set aside, "" for a new node. */
  readonly joining: { readonly replaces: string } | null;
  /** Made to found a cluster, and not yet met by all its other founders: see src/node/founding.ts. */
  readonly founding: boolean;
}

/** Whose directory it must be. The cluster's id is not asked for: it may have got a new one by a restore. */
export type Owner = Pick<Identity, "clusterName" | "nodeId">;

/** Bytes of a record, the last four the CRC-32 of the others; `decode` throws when it does not hold. Jobs: `JobPages`. */
export interface RecordCodec {
  encode(record: MetaRecord | SideRecord): Uint8Array;
  decode(bytes: Uint8Array): MachineRecord | JobPart;
}
