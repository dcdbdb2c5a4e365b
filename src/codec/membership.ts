import { LogIndex, NodeId } from "../base/brands.ts";
import { ConclaveError } from "../base/errors.ts";
import type {
  ConfigurationData,
  ConfigurationData__Output,
} from "../generated/conclave/v1/ConfigurationData.ts";
import type { MemberDetails__Output } from "../generated/conclave/v1/MemberDetails.ts";
import type { MembershipData, MembershipData__Output } from "../generated/conclave/v1/MembershipData.ts";
import type { Configuration, MemberDetails, Membership, MembershipCodec } from "../raft/types.ts";
import { messageType, NumberReader } from "./proto.ts";

const membershipType = messageType("MembershipData");

/** Data of entries of kind `membership`; `decode` throws DATA_CORRUPT. */
export const membershipCodec: MembershipCodec = { encode: encodeMembership, decode: decodeMembership };

export function encodeMembership(membership: Membership): Uint8Array {
  return membershipType.encode(membershipToProto(membership)).finish();
}

export function decodeMembership(data: Uint8Array): Membership {
  try {
    return membershipFromProto(
      membershipType.decode(new NumberReader(data)) as unknown as MembershipData__Output,
    );
  } catch (cause) {
    throw new ConclaveError("DATA_CORRUPT", "the data of a membership entry is no membership", { cause });
  }
}

/** Details in the order of their ids, so that equal memberships have equal bytes. */
export function membershipToProto({ voters, outgoing, learners, details = {} }: Membership): MembershipData {
  const entries = Object.entries(details).sort(([a], [b]) => (a < b ? -1 : 1));
  return {
    voters: [...voters],
    outgoing: [...outgoing],
    learners: [...learners],
    details: Object.fromEntries(
      entries.map(([id, member]) => [id, { ...member, replaces: member.replaces ?? "" }]),
    ),
  };
}

/** Without details when there are none. */
export function membershipFromProto(data: MembershipData__Output): Membership {
  const details = Object.entries(data.details);
  return {
    voters: data.voters.map(NodeId),
    outgoing: data.outgoing.map(NodeId),
    learners: data.learners.map(NodeId),
    ...(details.length === 0
      ? {}
      : { details: Object.fromEntries(details.map(([id, member]) => [id, detailsFromProto(member)])) }),
  };
}

function detailsFromProto({
  address,
  incarnation,
  since,
  promote,
  replaces,
}: MemberDetails__Output): MemberDetails {
  return {
    address,
    incarnation,
    since: LogIndex(since),
    promote,
    replaces: replaces === "" ? null : NodeId(replaces),
  };
}

export function configurationToProto({ index, membership }: Configuration): ConfigurationData {
  return { index, membership: membershipToProto(membership) };
}

/** Null when it is absent, or holds no membership. */
export function configurationFromProto(
  data: ConfigurationData__Output | null | undefined,
): Configuration | null {
  if (!data?.membership) return null;
  return { index: LogIndex(data.index), membership: membershipFromProto(data.membership) };
}
