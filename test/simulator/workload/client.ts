import { NodeId } from "../../../src/base/brands.ts";
import { ConclaveError } from "../../../src/base/errors.ts";
import type { ClusterNode } from "../../../src/node/node.ts";
import type { World } from "../cluster/world.ts";
import { SkewedClock } from "../time/clock.ts";
import { Host } from "../time/host.ts";

/** What a caller knows of its call. `unknown`: it may have taken effect, or may still. */
export type Answer<Value> =
  | { readonly type: "ok"; readonly value: Value }
  | { readonly type: "refused"; readonly error: ConclaveError }
  | { readonly type: "unknown"; readonly error: ConclaveError };

const unknownCodes = new Set(["OUTCOME_UNKNOWN", "DEADLINE_EXCEEDED", "ABORTED", "INTERNAL"]);

/** A client's machine: a process of its own, with links to every node. */
export class Client {
  readonly name: string;
  readonly world: World;
  host: Host;
  readonly #clock: SkewedClock;
  #lives = 0;
  #target: NodeId;
  /** It does not ask those that do not answer again and again, while its leases run out. */
  leavesAbsentAlone = false;

  constructor(world: World, name: string) {
    this.world = world;
    this.name = name;
    this.#clock = new SkewedClock(() => world.timeline.now, 1, 5_000, world.wallStart);
    this.host = this.#newHost();
    this.#target = this.#anyNode();
  }

  get target(): NodeId {
    return this.#target;
  }

  /** The process starts anew, and has forgotten everything. */
  restart(): void {
    this.host.kill();
    this.host = this.#newHost();
  }

  /** Where to ask next: the leader that was named, or anybody. */
  follow(error: ConclaveError): void {
    const named = error.leaderId === undefined ? undefined : NodeId(error.leaderId);
    const known = named !== undefined && this.world.members.some(({ id }) => id === named);
    this.#target = known && named !== this.#target ? named : this.#anyNode();
  }

  lose(): void {
    this.#target = this.#anyNode();
  }

  /** One call to the node that is taken for the leader. Never rejects. */
  call<Value>(timeoutMs: number, work: (node: ClusterNode) => Promise<Value>): Promise<Answer<Value>> {
    const { host, world, name } = this;
    const to = this.#target;
    const { links, timeline } = world;
    return new Promise((resolve) => {
      let open = true;
      let forget = (): void => undefined;
      const settle = (answer: Answer<Value>): void => {
        if (!open) return;
        open = false;
        timer.run = null;
        forget();
        resolve(answer);
      };
      const timer = host.after(timeoutMs, () => settle(failed(noAnswer(timeoutMs))));
      const back = (answer: Answer<Value>): void =>
        links.stream(to, name, () => host.run(() => settle(answer)));
      links.stream(name, to, () => {
        const member = world.member(to);
        const life = member.life;
        const running = life?.running;
        if (life === null || running === null || running === undefined) {
          // A machine without power says nothing at all.
          if (member.machineUp) back({ type: "refused", error: unreachable(to) });
          return;
        }
        const died = (): void => {
          timeline.after(links.latencyMs(), () => {
            if (member.machineUp) host.run(() => settle(failed(noAnswer(0))));
          });
        };
        // It says which cluster it means, as the SDK does.
        if (life.isStranger) return back({ type: "refused", error: foreign(to) });
        life.host.run(() => {
          attempt(running.node, work).then(
            (value) => back({ type: "ok", value }),
            (error: unknown) => back(answerOf(error, world)),
          );
        });
        forget = life.host.whenKilled(died);
      });
    });
  }

  #anyNode(): NodeId {
    const wanted = this.world.wanted.filter(({ isAway }) => !(isAway && this.leavesAbsentAlone));
    return wanted[this.host.random.below(wanted.length)]?.id ?? NodeId("n1");
  }

  #newHost(): Host {
    const { world, name } = this;
    const number = ++this.#lives;
    return new Host({
      name: `${name}#${number}`,
      timeline: world.timeline,
      clock: this.#clock,
      random: world.random(`client/${name}/${number}`),
      turnMs: 0,
      lookCostMs: 0,
      onUncaught: (error) => world.fail(`${name}: an error that nobody caught`, error),
    });
  }
}

/** `openWorker` and the like throw at once. */
async function attempt<Value>(
  node: ClusterNode,
  work: (node: ClusterNode) => Promise<Value>,
): Promise<Value> {
  return await work(node);
}

function answerOf<Value>(error: unknown, world: World): Answer<Value> {
  if (!(error instanceof ConclaveError)) {
    world.fail("a node rejects a call with an error that is none of the catalogue", error);
    return failed(new ConclaveError("INTERNAL", String(error)));
  }
  world.coverage.count("call refused", error.code);
  return failed(error);
}

export function failed<Value>(error: ConclaveError): Answer<Value> {
  return unknownCodes.has(error.code) ? { type: "unknown", error } : { type: "refused", error };
}

function noAnswer(ms: number): ConclaveError {
  return new ConclaveError(
    "DEADLINE_EXCEEDED",
    ms === 0 ? "the connection was reset" : `no answer within ${ms} ms`,
  );
}

function foreign(node: NodeId): ConclaveError {
  return new ConclaveError("IDENTITY_MISMATCH", `${node} belongs to another cluster`);
}

function unreachable(node: NodeId): ConclaveError {
  return new ConclaveError("UNAVAILABLE", `nobody listens at ${node}`);
}
