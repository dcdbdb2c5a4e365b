import type { LogIndex, NodeId } from "../../../src/base/brands.ts";
import type { Applied, CommandBatch } from "../../../src/machine/types.ts";
import type { Identity } from "../../../src/node/ports.ts";
import type { Configuration, Effect, Event, Message, RaftStatus } from "../../../src/raft/index.ts";
import type { Member } from "./member.ts";

/** What the checkers see of a node, at the very moment at which it happens. */
export interface Observer {
  /** The process has read its disk and is about to take part; `status` is the core's first. */
  onStarted(member: Member, status: RaftStatus, identity: Identity): void;
  onStep(member: Member, event: Event, status: RaftStatus, effects: readonly Effect[]): void;
  /** The node's own timer has called, and what is due by it is done. */
  onWoken(member: Member, status: RaftStatus): void;
  /** The driver is about to cut its log through `index`. */
  onCut(member: Member, status: RaftStatus, index: LogIndex): void;
  /** A checkpoint of what is applied through `index` is about to be written. */
  onCheckpoint(member: Member, index: LogIndex, configuration: Configuration): void;
  onDeparture(member: Member, to: NodeId, message: Message): void;
  /** `batch` is null for an entry that is none of the machine's business. */
  onApplied(member: Member, index: LogIndex, batch: CommandBatch | null, applied: Applied | null): void;
}

const nothing = (): void => undefined;

/** For a node of another cluster: nothing of it is this one's. */
export const blind: Observer = {
  onStarted: nothing,
  onStep: nothing,
  onWoken: nothing,
  onCut: nothing,
  onCheckpoint: nothing,
  onDeparture: nothing,
  onApplied: nothing,
};
