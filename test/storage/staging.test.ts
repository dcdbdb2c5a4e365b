import { existsSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ClusterId, LogIndex } from "../../src/base/brands.ts";
import { decodeRecord, encodeRecord } from "../../src/codec/record.ts";
import { openLevel } from "../../src/storage/keyValueStore.ts";
import { batch, hardState } from "./support/entries.ts";
import { openDirectory } from "./support/openDirectory.ts";
import { append } from "./support/openLog.ts";
import { contentOfSnapshot, jobs, nameOf, pull, recordsOf, Source } from "./support/snapshots.ts";
import { temporaryFolder } from "./support/temporary.ts";

const damaged = (message: RegExp) => ({ code: "DATA_CORRUPT", message: expect.stringMatching(message) });

describe("staging", () => {
  it("refuses a snapshot of another cluster, and of a format to come", async () => {
    const source = await Source.make(temporaryFolder());
    const { header } = await source.checkpoint(jobs(1, 4));
    const directory = await openDirectory(temporaryFolder());
    await expect(directory.stage({ ...header, clusterId: ClusterId("prod") })).rejects.toMatchObject({
      code: "IDENTITY_MISMATCH",
    });
    await expect(directory.stage({ ...header, format: 3 })).rejects.toMatchObject({
      code: "FORMAT_UNSUPPORTED",
      message: expect.stringMatching(/format 3.*reads formats 1 to 2/),
    });
    await directory.close();
    await source.directory.close();
  });

  it("refuses a chunk that is damaged, or not the next one, and goes on with the right one", async () => {
    const source = await Source.make(temporaryFolder());
    const reader = await source.checkpoint(jobs(1, 30));
    const directory = await openDirectory(temporaryFolder());
    const staging = await directory.stage(reader.header);
    const next = staging.next(1000);
    if (next === null) throw new Error("nothing to pull");
    const chunk = await reader.read(next);
    const flipped = Buffer.from(chunk.pairs);
    flipped[100] = (flipped[100] ?? 0) ^ 1;
    await expect(staging.put(next, { ...chunk, pairs: flipped })).rejects.toMatchObject(
      damaged(/chunk .* is damaged/),
    );
    await expect(staging.put({ ...next, afterKey: Buffer.from("x") }, chunk)).rejects.toMatchObject({
      code: "INVALID_ARGUMENT",
    });
    await expect(staging.put(next, { ...chunk, same: true })).rejects.toMatchObject(damaged(/not offered/));
    expect(staging.progress).toEqual({ bytes: 0, totalBytes: reader.header.bytes });
    await staging.put(next, chunk);
    await pull(reader, staging);
    expect(staging.progress).toEqual({ bytes: reader.header.bytes, totalBytes: reader.header.bytes });
    await staging.complete();
    await directory.close();
    await source.directory.close();
  });

  it("never completes what is not what the header sums up, and throws it away", async () => {
    const source = await Source.make(temporaryFolder());
    const reader = await source.checkpoint(jobs(1, 30));
    const directory = await openDirectory(temporaryFolder());
    for (const wrong of [{ sum: reader.header.sum + 1 }, { count: 30 }, { index: LogIndex(9) }]) {
      const staging = await directory.stage({ ...reader.header, ...wrong });
      await pull(reader, staging);
      await expect(staging.complete()).rejects.toMatchObject(damaged(/It is fetched again/));
      expect(staging.next(1000)).toBeNull();
    }
    const staging = await directory.stage(reader.header);
    expect(staging.next(1000)?.have).toBeNull();
    await pull(reader, staging);
    await staging.complete();
    await directory.close();
    await source.directory.close();
  });

  it("goes on in the same place when the stream broke, and gives way to another snapshot", async () => {
    const source = await Source.make(temporaryFolder());
    const reader = await source.checkpoint(jobs(1, 30));
    const directory = await openDirectory(temporaryFolder());
    const first = await directory.stage(reader.header);
    await pull(reader, first, { limit: 3 });
    const again = await directory.stage(reader.header);
    expect(again.next(1000)).toEqual(first.next(1000));
    const later = await source.checkpoint(jobs(5, 5, 1));
    const next = again.next(1000);
    const other = await directory.stage(later.header);
    if (next === null) throw new Error("nothing to pull");
    await expect(again.put(next, await reader.read(next))).rejects.toMatchObject({ code: "ABORTED" });
    expect(other.next(1000)).toMatchObject({
      afterKey: new Uint8Array(0),
      have: { checksum: expect.any(Number) },
    });
    await directory.discardStaged();
    const fresh = await directory.stage(later.header);
    expect(fresh.next(1000)?.have).toBeNull();
    await directory.close();
    await source.directory.close();
  });

  it("takes little from another sender after a restart, and jobs deleted meanwhile are gone", async () => {
    const source = await Source.make(temporaryFolder());
    const reader = await source.checkpoint(jobs(1, 200));
    const path = temporaryFolder();
    const before = await openDirectory(path);
    await pull(reader, await before.stage(reader.header), { limit: 40 });
    await before.close();
    // Gaps at the front, at a chunk's edge, and at the end of what was staged.
    const gone = [1, 2, 40, 41, 42, 43, 44, 45, 46, 47, 100, 199, 200].map(nameOf);
    const later = await source.checkpoint([...jobs(60, 61, 1), ...jobs(201, 203)], gone);
    const after = await openDirectory(path);
    const staging = await after.stage(later.header);
    const { same, bytes } = await pull(later, staging);
    expect(same).toBeGreaterThan(20);
    expect(bytes).toBeLessThan(later.header.bytes * 0.7);
    const header = await staging.complete();
    await append(after.log, batch({ hardState: hardState(2) }));
    after.log.stageInstall(header);
    await after.install(header);
    expect(await recordsOf(after)).toEqual(await contentOfSnapshot(later));
    await after.close();
    await source.directory.close();
  });

  it("offers a snapshot that was complete, but was not installed, to the sender of a later one", async () => {
    const source = await Source.make(temporaryFolder());
    const reader = await source.checkpoint(jobs(1, 50));
    const directory = await openDirectory(temporaryFolder());
    await append(directory.log, batch({ hardState: hardState(2) }));
    const first = await directory.stage(reader.header);
    await pull(reader, first);
    await first.complete();
    expect(await directory.stage(reader.header)).toBe(first);
    const later = await source.checkpoint(jobs(3, 3, 1), [nameOf(50)]);
    const { chunks, same } = await pull(later, await directory.stage(later.header));
    expect(same).toBeGreaterThan(chunks / 2);
    await expect(directory.install(reader.header)).rejects.toThrow(/complete before it is installed/);
    const header = await (await directory.stage(later.header)).complete();
    await expect(directory.install(reader.header)).rejects.toThrow(/is of entry 20, not 10/);
    directory.log.stageInstall(header);
    await directory.install(header);
    expect(await recordsOf(directory)).toEqual(await contentOfSnapshot(later));
    await directory.close();
    await source.directory.close();
  });

  it.each([
    ["the last chunk is sent", 1_000_000],
    ["the last chunk is there", 1],
  ])("is rid of what lies beyond the snapshot's last record when %s", async (_, maxBytes) => {
    const source = await Source.make(temporaryFolder());
    const reader = await source.checkpoint(jobs(1, 5));
    const path = temporaryFolder();
    const before = await openDirectory(path);
    await pull(reader, await before.stage(reader.header));
    await before.close();
    const store = await openLevel(join(path, "incoming"), false);
    const junk = store.batch();
    for (const key of ["n", "zz"]) junk.put(Buffer.from(key), Buffer.from("junk"));
    await junk.commit();
    await store.close();
    const after = await openDirectory(path);
    const staging = await after.stage(reader.header);
    staging.next(maxBytes);
    await pull(reader, staging, { maxBytes });
    expect(await staging.complete()).toEqual(reader.header);
    await after.close();
    await source.directory.close();
  });

  it("is thrown away when a crash or the disk has damaged it", async () => {
    const source = await Source.make(temporaryFolder());
    const reader = await source.checkpoint(jobs(1, 50));
    const path = temporaryFolder();
    const before = await openDirectory(path);
    await pull(reader, await before.stage(reader.header), { limit: 9 });
    await before.close();
    rmSync(join(path, "incoming", "CURRENT"));
    writeFileSync(join(path, "incoming", "CURRENT"), "MANIFEST-999999\n");
    const after = await openDirectory(path);
    const staging = await after.stage(reader.header);
    expect(staging.next(1000)?.have).toBeNull();
    await pull(reader, staging);
    await staging.complete();
    await after.close();
    expect(existsSync(join(path, "incoming"))).toBe(true);
    await source.directory.close();
  });

  it("lets the event loop run while 20,000 records are read, staged, verified and installed", async () => {
    const source = await Source.make(temporaryFolder());
    const reader = await source.checkpoint(jobs(1, 20_000, 0, 400));
    let [sinceTurn, most, turns] = [0, 0, 0];
    const decode: typeof decodeRecord = (value) => {
      most = Math.max(most, ++sinceTurn);
      return decodeRecord(value);
    };
    const directory = await openDirectory(temporaryFolder(), { codec: { encode: encodeRecord, decode } });
    await append(directory.log, batch({ hardState: hardState(2) }));
    const count = (): void => {
      turns++;
      sinceTurn = 0;
      timer = setImmediate(count);
    };
    let timer = setImmediate(count);
    const staging = await directory.stage(reader.header);
    const { chunks } = await pull(reader, staging, { maxBytes: 256 * 1024 });
    const turnsOfPull = turns;
    const header = await staging.complete();
    directory.log.stageInstall(header);
    await directory.install(header);
    expect(await recordsOf(directory)).toHaveLength(20_001);
    clearImmediate(timer);
    // By count, since times depend on the machine: a slice of 1000 records takes no more than some milliseconds.
    expect(turnsOfPull).toBeGreaterThan(chunks);
    expect(most).toBeGreaterThan(0);
    expect(most).toBeLessThanOrEqual(1000);
    await directory.close();
    await source.directory.close();
  });
});
