import { setTimeout as delay } from "node:timers/promises";
import { toMs } from "../base/duration.ts";
import { type Cluster, ConclaveError, connect, type MemberStatus } from "../client/index.ts";
import { endpointsOf } from "./connection.ts";
import { type CliContext, type Register, runCommand } from "./context.ts";
import { type ExitCode, exitCodes } from "./exitCodes.ts";
import { addClientFlags, addOutputFlag, type ReadingFlags } from "./flags.ts";
import { leadershipIn } from "./leadership.ts";
import { type Paint, paintFor, plain } from "./output/paint.ts";
import { type Answer, humanMs, printAnswer } from "./output/print.ts";

interface StatusFlags extends ReadingFlags {
  readonly watch?: boolean;
  readonly interval: string;
}

/** `conclave status`: one row a node. The exit code says whether there is a leader. */
export const registerStatus: Register = (parent, context) => {
  const command = parent
    .command("status")
    .summary("show every node of the cluster")
    .description("Shows every node, with or without a leader. Exit code 3 when no node leads.")
    .option("-w, --watch", "again and again, until Ctrl-C")
    .option("--interval <DURATION>", "how often --watch asks", "1s");
  addOutputFlag(addClientFlags(command));
  command.action(async (flags: StatusFlags) => {
    await runCommand(context, (signal) => runStatus(context, flags, signal));
  });
};

async function runStatus(context: CliContext, flags: StatusFlags, signal: AbortSignal): Promise<ExitCode> {
  const intervalMs = toMs(flags.interval, "--interval");
  const paint = flags.output === "table" ? paintFor(context.io.stdout, context.io.env) : plain;
  await using asker = new StatusAsker(flags, signal);
  for (;;) {
    const members = await asker.ask();
    // From the top, over the table of the round before, so that a terminal shows one live table.
    if (flags.watch === true && context.io.stdout.isTTY === true)
      context.io.stdout.write("\u001b[H\u001b[2J");
    printAnswer(context.io, flags.output, statusAnswer(members, paint));
    if (flags.watch !== true)
      return leadershipIn(members) === undefined ? exitCodes.unavailable : exitCodes.ok;
    await delay(intervalMs, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) return exitCodes.ok;
  }
}

/** Asks the nodes; when none answers, says so in rows rather than by an error. */
class StatusAsker implements AsyncDisposable {
  readonly #flags: ReadingFlags;
  readonly #signal: AbortSignal;
  #cluster: Cluster | null = null;

  constructor(flags: ReadingFlags, signal: AbortSignal) {
    this.#flags = flags;
    this.#signal = signal;
  }

  async ask(): Promise<readonly MemberStatus[]> {
    const endpoints = endpointsOf(this.#flags);
    try {
      this.#cluster ??= await connect(endpoints, { signal: this.#signal, timeout: this.#flags.timeout });
      return await this.#cluster.status({ signal: this.#signal });
    } catch (error) {
      if (!(error instanceof ConclaveError) || error.code !== "UNAVAILABLE") throw error;
      return endpoints
        .split(",")
        .map((address) => ({ address: address.trim(), nodeId: undefined, status: undefined, error }));
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#cluster?.close();
  }
}

function statusAnswer(members: readonly MemberStatus[], paint: Paint): Answer {
  const committed = Math.max(0, ...members.map(({ status }) => status?.commitIndex ?? 0));
  const leadership = leadershipIn(members);
  return {
    json: {
      leaderId: leadership?.id ?? null,
      term: Math.max(0, ...members.map(({ status }) => status?.term ?? 0)),
      nodes: members.map(({ address, nodeId, status, error }) => ({
        nodeId: nodeId ?? null,
        address,
        reachable: status !== undefined,
        lag: status === undefined ? null : committed - status.appliedIndex,
        status: status ?? null,
        error: error === undefined ? null : { code: error.code, message: error.message },
      })),
    },
    columns: [
      { title: "NODE" },
      { title: "ADDRESS" },
      { title: "ROLE" },
      { title: "TERM", align: "right" },
      { title: "COMMIT", align: "right" },
      { title: "APPLIED", align: "right" },
      { title: "LAG", align: "right" },
      { title: "LEASE LEFT", align: "right" },
      { title: "UPTIME", align: "right" },
      { title: "REACHABLE" },
    ],
    rows: members.map((member) => row(member, committed, paint)),
    ...(leadership === undefined ? { note: paint("red", "no node leads") } : {}),
  };
}

function row({ address, nodeId, status }: MemberStatus, committed: number, paint: Paint): string[] {
  const id = nodeId ?? "?";
  if (status === undefined) return [id, address, ...new Array<string>(7).fill("-"), paint("red", "no")];
  const leads = status.role === "leader";
  return [
    id,
    address,
    leads ? paint("green", status.role) : status.role,
    String(status.term),
    String(status.commitIndex),
    String(status.appliedIndex),
    String(committed - status.appliedIndex),
    leads ? `${humanMs(status.leaseLeftMs)} of ${humanMs(status.leaseMs)}` : "-",
    humanMs(status.uptimeMs),
    "yes",
  ];
}
