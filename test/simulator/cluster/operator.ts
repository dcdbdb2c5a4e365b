import { changeMembership } from "../../../src/api/grpc/changeMembership.ts";
import { ConclaveError } from "../../../src/base/errors.ts";
import type { Random } from "../../../src/base/random.ts";
import { pick } from "../run/mix.ts";
import { Client } from "../workload/client.ts";
import type { Member } from "./member.ts";
import { releases } from "./releases.ts";
import type { World } from "./world.ts";

const callTimeoutMs = 12_000;
const tries = 6;
const mostNodes = 7;
const noticedMs = 3_000;
/** So long after everything was mended founders have met. */
const unmetMs = 15_000;

type Request = Parameters<typeof changeMembership>[1];
type Outcome = "done" | "refused" | "unknown";

/**
 * Who looks after the machines: adds, removes and replaces members by the service for clients, starts nodes anew as the
 * manual says, and puts empty disks in the place of lost ones.
 */
export class Operator {
  readonly #world: World;
  readonly #client: Client;
  readonly #random: Random;
  /**
   * Whose place a newcomer takes as soon as it has caught up, and who was asked to go without an answer: whatever else is
   * asked of them meanwhile.
   */
  readonly #mayGo = new Set<Member>();
  #busy = 0;

  constructor(world: World) {
    this.#world = world;
    this.#client = new Client(world, "op");
    this.#random = world.random("operator");
  }

  get name(): string {
    return this.#client.name;
  }

  get isBusy(): boolean {
    return this.#busy > 0;
  }

  /** A node lost its directory. It is started as if nothing had happened, or at once as one that rejoins. */
  onWiped(member: Member, afterMs: number, isPlain: boolean): void {
    const notices = this.#random.next() < 0.4 && !isPlain;
    if (notices || this.#isLastFounder(member)) return this.replaceData(member, afterMs);
    this.#later(afterMs, member, () => member.start());
    this.#later(afterMs + 3_000 + 5_000 * this.#random.next(), member, () => this.replaceData(member, 0));
  }

  /** Founders that are all started with empty directories would found the cluster once more. One alone founds another one. */
  #isLastFounder(member: Member): boolean {
    const others = this.#world.founders.map((id) => this.#world.member(id)).filter((each) => each !== member);
    return others.length > 0 && others.every(({ lost, intent }) => lost !== null || intent === "gone");
  }

  /** `--join --rejoin` with an empty directory: the old data is gone for good. */
  replaceData(member: Member, afterMs: number): void {
    this.#later(afterMs, member, () => {
      if (member.lost === null || member.intent === "gone") return;
      // Wiped before anybody had met it, it founds the cluster after all, and nobody would take that from it.
      const holdsLog = (member.status()?.lastIndex ?? 0) > 0;
      if (member.startsBy === "plain" && member.lost === "wiped" && holdsLog) {
        member.lost = null;
        return;
      }
      // A directory that is joining already only lacks the operator's word.
      const isUseless = /^(damaged|of another cluster)/.test(member.lost);
      if (member.startsBy === "plain" || member.disk.isEmpty || isUseless) member.wipe();
      else if (member.isUp) member.crash("process", "to be started with --rejoin");
      member.lost = "wiped";
      member.startsBy = "rejoin";
      member.start();
    });
  }

  /** It was no member when it was damaged, or is none any more; when it is wanted it joins as the refusal says. */
  onRepairRefused(member: Member): void {
    this.#later(noticedMs, member, () => {
      if (member.intent !== "member" || member.lost === null || this.#isThere(member)) return;
      this.#world.coverage.count("join", "asked anew after its repair was refused");
      member.wipe();
      member.startsBy = "join";
      member.start();
    });
  }

  /** It is to join a cluster that writes what its release cannot read. */
  upgrade(member: Member, afterMs: number): void {
    this.#later(afterMs, member, () => {
      // Started by somebody else meanwhile, it runs what it ran before, and asks again.
      if (member.isUp) return;
      if (member.release === releases.present) member.release = releases.next;
      if (member.release === releases.before) member.release = releases.present;
      member.start();
    });
  }

  /** A new machine joins; it is to vote. */
  add(): string | null {
    const member = this.#fresh();
    if (member === null) return null;
    member.start();
    return member.id;
  }

  remove(random: Random, id?: string): string | null {
    const drawn = pick(random, this.#world.wanted);
    const member = this.#world.wanted.find((each) => each.id === id) ?? drawn;
    if (this.#world.wanted.length < 2 || this.#busy > 0 || !this.#mayRemove(member)) return null;
    member.intent = "either";
    member.wasTouched = true;
    this.#run(async () => {
      const outcome = await this.#ask("remove", { remove: [member.id] });
      if (outcome === "done") this.#retire(member);
      else if (outcome === "refused") this.#keep(member);
      else this.#mayGo.add(member);
    });
    return member.id;
  }

  /** A new machine takes a member's place: announced, caught up, and swapped in one change, by way of a joint configuration. */
  replace(random: Random, away: Member | null = null): string | null {
    const old = away ?? pick(random, this.#world.wanted);
    const fresh = this.#busy > 0 || !this.#mayRemove(old) ? null : this.#fresh(away !== null);
    if (fresh === null) return null;
    this.#run(async () => {
      const { id: nodeId, peerAddress: address } = fresh;
      const outcome = await this.#ask("replace", {
        add: [{ nodeId, address, promote: true, replaces: old.id }],
      });
      if (outcome !== "refused") {
        old.intent = "either";
        this.#mayGo.add(old);
      }
      old.wasTouched = true;
      fresh.start();
    });
    return `${old.id} by ${fresh.id}`;
  }

  /** Several at once, by way of a joint configuration: new ones come as learners first. */
  changeSeveral(random: Random): string | null {
    if (this.#busy > 0) return null;
    const old = pick(random, this.#world.wanted);
    const fresh = [this.#fresh(), random.next() < 0.5 ? this.#fresh() : null].filter((each) => each !== null);
    if (fresh.length === 0) return null;
    const dropsOld = random.next() < 0.7 && this.#mayRemove(old);
    const ids = fresh.map(({ id }) => id as string);
    this.#run(async () => {
      const add = fresh.map(({ id: nodeId, peerAddress: address }) => ({
        nodeId,
        address,
        promote: false,
        replaces: "",
      }));
      await this.#ask("add learners", { add });
      for (const each of fresh) each.start();
      const remove = dropsOld ? [old.id] : [];
      if (dropsOld) old.intent = "either";
      old.wasTouched ||= dropsOld;
      let outcome: Outcome = "refused";
      for (let attempt = 0; attempt < 8 && outcome === "refused"; attempt++) {
        await this.#client.host.sleep(1_000);
        outcome = await this.#ask("promote several", { promote: ids, remove });
      }
      if (outcome === "done") this.#world.coverage.count("membership", "joint change done");
      if (outcome === "done" && dropsOld) this.#retire(old);
      else if (outcome === "refused" && dropsOld) this.#keep(old);
      else if (dropsOld) this.#mayGo.add(old);
    });
    return `${ids.join(", ")} in${dropsOld ? `, ${old.id} out` : ""}`;
  }

  /** Asks this very node, and does not ask again. */
  changeAt(leader: Member, random: Random): string | null {
    const { node, life } = leader;
    const old = pick(random, this.#world.wanted);
    if (node === null || life === null || this.#busy > 0) return null;
    const fresh = random.next() < 0.5 ? this.#fresh() : null;
    if (fresh === null && (old === leader || !this.#mayRemove(old))) return null;
    if (fresh === null) {
      old.intent = "either";
      this.#mayGo.add(old);
      old.wasTouched = true;
    }
    const request: Request = {
      add:
        fresh === null ? [] : [{ nodeId: fresh.id, address: fresh.peerAddress, promote: true, replaces: "" }],
      promote: [],
      remove: fresh === null ? [old.id] : [],
      force: false,
    };
    this.#world.timeline.after(0, () =>
      life.host.run(() => {
        changeMembership(node, request).catch(() => undefined);
      }),
    );
    fresh?.start();
    return fresh === null ? `${old.id} out` : `${fresh.id} in`;
  }

  /** Everything is mended: what is lost is brought back at once. */
  healAll(): void {
    this.bringBack(this.#world.wanted);
    this.#world.timeline.after(unmetMs, () => this.#replaceUnmet());
  }

  bringBack(members: readonly Member[]): void {
    for (const member of members) {
      const waitsForWord =
        member.lost !== null && !member.lost.startsWith("damaged") && member.forgot === null;
      if (waitsForWord && member.startsBy !== "rejoin") this.replaceData(member, this.#random.next() * 5_000);
      member.start();
    }
  }

  /** A founder that another one can never meet any more, since that has lost its data, rejoins like it. */
  #replaceUnmet(): void {
    for (const member of this.#world.wanted) {
      if (this.#world.leader === null || member.node?.status().standing !== "founding") continue;
      this.#world.coverage.count("join", "founder that not all had met");
      member.lost = "not met by all";
      this.replaceData(member, 0);
    }
    this.#world.timeline.after(unmetMs, () => this.#replaceUnmet());
  }

  /** No leader ever came, and a founder's data is gone: nothing was promised, so the cluster is founded anew. */
  foundAgain(): void {
    const world = this.#world;
    world.coverage.count("join", "founded again");
    world.note("----", "the cluster is founded anew");
    for (const member of world.members) {
      if (member.isUp) member.crash("process", "to be founded anew");
      member.wipe();
      member.lost = null;
      member.mounted = member;
    }
    world.foundAgain();
    for (const member of world.members) if (world.founders.includes(member.id)) member.startsBy = "plain";
    for (const member of world.members) member.start();
  }

  /** Nobody would take a member out while those that are left have lost too much, or while programs know no other one. */
  #mayRemove(member: Member): boolean {
    const { wanted, acquaintances } = this.#world;
    const stay = wanted.filter((other) => other !== member && other.intent === "member");
    if (stay.length === 0 || !acquaintances.allKnowOneOf(stay.map(({ id }) => id))) return false;
    return this.#world.raftChecker.quorums().every((voters) => {
      const left = voters.map((id) => this.#world.member(id)).filter((each) => each !== member);
      return left.filter(({ lost }) => lost === null).length * 2 > left.length;
    });
  }

  /** Its removal was refused, perhaps because it is none any more. */
  #keep(member: Member): void {
    const mayGo = this.#mayGo.has(member) || !this.#isThere(member);
    member.intent = mayGo ? "either" : "member";
  }

  /** Out, for all that was said: its process goes on for a while, or ends at once. */
  #retire(member: Member): void {
    this.#world.coverage.count("membership", "member removed");
    const lasts = member.lost === null && member.isSettled && this.#random.next() < 0.5;
    this.#world.timeline.after(lasts ? 8_000 * this.#random.next() : 0, () => {
      // Whoever was asking to be taken in may have been, after its removal.
      if (this.#isThere(member)) {
        member.intent = "member";
        return;
      }
      member.intent = "gone";
      if (member.isUp) member.crash("process", "it was removed");
      this.#makeSure(member);
    });
  }

  #makeSure(member: Member): void {
    this.#world.timeline.after(2_000, () => {
      if (member.intent !== "gone") return;
      if (!this.#isThere(member)) return this.#makeSure(member);
      this.#world.coverage.count("membership", "came back after its removal");
      this.#run(async () => {
        await this.#ask("remove again", { remove: [member.id] });
        this.#makeSure(member);
      });
    });
  }

  #isThere({ id }: Member): boolean {
    const { voters, outgoing, learners } = this.#world.raftChecker.inForce().membership;
    return [...voters, ...outgoing, ...learners].includes(id);
  }

  /** A machine of its own, or one that was removed, with an empty disk; null when there are enough, or it is too late. */
  #fresh(isLate = false): Member | null {
    const world = this.#world;
    const most = Math.min(mostNodes, world.mix.nodes + 2);
    if ((world.healed && !isLate) || world.wanted.length >= most) return null;
    const gone = world.members.find(({ intent, isUp }) => intent === "gone" && !isUp);
    if (gone === undefined || this.#random.next() < 0.5) {
      return world.members.length >= 12 ? null : world.addMember();
    }
    gone.wipe();
    this.#mayGo.delete(gone);
    gone.lost = null;
    gone.intent = "member";
    gone.startsBy = "join";
    world.coverage.count("membership", "added again under its old id");
    return gone;
  }

  async #ask(what: string, change: Partial<Request>): Promise<Outcome> {
    const request: Request = { add: [], promote: [], remove: [], force: false, ...change };
    const { coverage } = this.#world;
    let mayBeDone = false;
    for (let attempt = 0; attempt < tries; attempt++) {
      const answer = await this.#client.call(callTimeoutMs, (node) => changeMembership(node, request));
      if (answer.type === "ok") {
        coverage.count("membership", `${what}: done`);
        return "done";
      }
      const { error } = answer;
      coverage.count("membership", `${what}: ${error.code}`);
      this.#world.note(this.name, `${what}: ${error.message}`);
      if (answer.type === "unknown") mayBeDone = true;
      else if (error instanceof ConclaveError && error.code === "MEMBERSHIP_REFUSED" && !mayBeDone)
        return "refused";
      this.#client.follow(error);
      await this.#client.host.sleep(300);
    }
    return mayBeDone ? "unknown" : "refused";
  }

  #run(work: () => Promise<void>): void {
    this.#busy += 1;
    this.#client.host.run(() => {
      work()
        .catch((error: unknown) => this.#world.fail("the operator's own fault", error))
        .finally(() => {
          this.#busy -= 1;
        });
    });
  }

  #later(ms: number, member: Member, run: () => void): void {
    const { wipes } = member;
    this.#world.timeline.after(ms, () => {
      if (member.wipes === wipes && member.intent !== "gone") run();
    });
  }
}
