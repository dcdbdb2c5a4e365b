import { NodeId } from "../../base/brands.ts";
import { parseHostPort } from "../../base/hostPort.ts";
import type { ChangeMembershipRequest__Output } from "../../generated/conclave/v1/ChangeMembershipRequest.ts";
import type { NewMember__Output } from "../../generated/conclave/v1/NewMember.ts";
import type { MembershipChange } from "../../raft/types.ts";
import { refuse, shown } from "./check.ts";
import { limits } from "./limits.ts";

const nodeIdPattern = /^[A-Za-z0-9._-]{1,64}$/;

/**
 * What an operator asks for. Throws INVALID_ARGUMENT for what no cluster could do; whether this one can is for the core
 * to say. The incarnation stays open: the first directory that comes under a new id is the member.
 */
export function membershipChange(request: ChangeMembershipRequest__Output): MembershipChange {
  const { add, promote, remove } = request;
  const count = add.length + promote.length + remove.length;
  if (count === 0) refuse("add, promote and remove", "are all empty: name at least one member");
  if (count > limits.maxMemberChanges) {
    refuse(
      "add, promote and remove",
      `hold ${count} members; at most ${limits.maxMemberChanges} in one change`,
    );
  }
  const change: MembershipChange = {
    add: add.map((member, at) => newMember(`add[${at}]`, member)),
    promote: promote.map((id, at) => nodeId(`promote[${at}]`, id)),
    remove: remove.map((id, at) => nodeId(`remove[${at}]`, id)),
  };
  const replaced = change.add.flatMap(({ replaces }) => (replaces === null ? [] : [replaces]));
  refuseRepeated("id", [...change.add.map(({ id }) => id), ...change.promote, ...change.remove, ...replaced]);
  refuseRepeated(
    "address",
    change.add.map(({ address }) => address),
  );
  return change;
}

/** Throws INVALID_ARGUMENT unless `id` can be a node's. */
export function nodeId(field: string, id: string): NodeId {
  if (!nodeIdPattern.test(id)) {
    refuse(field, `is ${shown(id)}; a node id has 1 to 64 characters of [A-Za-z0-9._-]`);
  }
  return NodeId(id);
}

function newMember(field: string, member: NewMember__Output): MembershipChange["add"][number] {
  const { promote, replaces } = member;
  if (replaces !== "" && !promote) {
    refuse(
      `${field}.replaces`,
      `is ${shown(replaces)}, but promote is not set: only a voter takes a voter's place`,
    );
  }
  return {
    id: nodeId(`${field}.node_id`, member.nodeId),
    address: peerAddress(`${field}.address`, member.address),
    incarnation: "",
    promote,
    replaces: replaces === "" ? null : nodeId(`${field}.replaces`, replaces),
  };
}

/** `host:port` that other machines can dial. */
function peerAddress(field: string, address: string): string {
  const parsed = parseHostPort(address);
  if (parsed === undefined || parsed.port === 0) {
    refuse(field, `is ${shown(address)}; it must be the host:port at which the node listens for its peers`);
  }
  if (/^[0.:]+$/.test(parsed.host)) {
    refuse(
      field,
      `is ${shown(address)}: nobody can connect to that; give the address that peers reach it at`,
    );
  }
  return address.trim();
}

function refuseRepeated(what: "id" | "address", values: readonly string[]): void {
  const repeated = values.find((value, at) => values.indexOf(value) !== at);
  if (repeated === undefined) return;
  refuse("add, promote, remove and replaces", `name ${what} ${shown(repeated)} twice`);
}
