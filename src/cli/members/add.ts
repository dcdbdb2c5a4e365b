import type { Command } from "commander";
import type { Members } from "../../client/index.ts";
import type { CliContext } from "../context.ts";
import { addChangeFlags, addWaitFlags, type ChangeFlags, runChange } from "./change.ts";

interface AddFlags extends ChangeFlags {
  readonly address: string;
  readonly voter?: boolean;
  readonly replaces?: string;
}

const addressHelp = "host:port at which the node listens for its peers";

/** `conclave node add`: takes a node in, which is then started with --join. */
export function registerAdd(parent: Command, context: CliContext): void {
  const command = parent
    .command("add")
    .summary("take a new node in")
    .description(
      "Takes a node in as a learner: it gets all data and does not vote. With --voter it becomes a voter by itself once it " +
        "has caught up. Start it with --join afterwards; one that was started before becomes a voter in any case.",
    )
    .argument("<id>", "the new node's id")
    .requiredOption("--address <ADDRESS>", addressHelp)
    .option("--voter", "become a voter once caught up")
    .option("--replaces <ID>", "take this voter's place, in one step; implies --voter");
  addWaitFlags(command, "show how it catches up until it has, or with --voter until it votes");
  addChangeFlags(command).action(async (id: string, flags: AddFlags) => {
    await runAdd(context, id, { ...flags, voter: flags.voter === true || flags.replaces !== undefined });
  });
}

/** `conclave node replace`: `add --replaces` in other words. */
export function registerReplace(parent: Command, context: CliContext): void {
  const command = parent
    .command("replace")
    .summary("let a new node take a voter's place")
    .description(
      "Takes a new node in as a learner; once it has caught up, one step makes it a voter and removes the old one, which " +
        "votes until then.",
    )
    .argument("<old>", "the member that goes")
    .argument("<new>", "the new node's id")
    .requiredOption("--address <ADDRESS>", addressHelp);
  addWaitFlags(command, "show how it catches up until it votes");
  addChangeFlags(command).action(async (old: string, id: string, flags: AddFlags) => {
    await runAdd(context, id, { ...flags, voter: true, replaces: old });
  });
}

async function runAdd(context: CliContext, id: string, flags: AddFlags): Promise<void> {
  const { address, voter = false, replaces } = flags;
  await runChange(context, flags, {
    change: { add: [{ id, address, voter, replaces }] },
    waitFor: {
      id,
      goal: voter ? "votes" : "caughtUp",
      otherwise: "it was added, and goes on catching up once it is started",
    },
    note: (members) => howToStart(id, address, members),
  });
}

/** Empty when it has been heard of. */
function howToStart(id: string, address: string, { members }: Members): string {
  if (members.find((member) => member.id === id)?.reachable !== false) return "";
  const others = members.flatMap((member) => (member.id === id ? [] : [member.peerAddress ?? ""]));
  const join = others.filter((each) => each !== "").join(",");
  return `Start it with: conclave node --id ${id} --data-dir DIR --advertise-peer ${address} --join ${join}`;
}
