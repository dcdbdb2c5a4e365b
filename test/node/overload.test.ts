import { expect, test } from "vitest";
import { FencingToken, JobId } from "../../src/base/brands.ts";
import type { ConclaveError } from "../../src/base/errors.ts";
import type { Act } from "../../src/machine/types.ts";
import { singleNode } from "../support/singleNode.ts";

const mebibyte = 1024 * 1024;

/**
 * The worst case for a leader's memory: its own disk hangs while the two others go on committing, so nothing is
 * applied and nobody is answered. Break it: driver.ts, `#propose`: do not look at `underWayBytes`.
 */
test("a tenfold overload of acts is refused beyond a bound, and after it all goes on by itself", async () => {
  const much = 1024 * mebibyte;
  const { node, disk, run } = singleNode({
    maxAppendBytes: 8 * mebibyte,
    maxInflightBytes: much,
    maxUncommittedBytes: much,
  });
  await run(3_000);
  expect(node.status().raft.role).toBe("leader");
  disk.hangs = true;
  const result = new Uint8Array(mebibyte / 4);
  const act: Act = { type: "complete", id: JobId("none"), token: FencingToken(1), result };
  let answered = 0;
  const refused: ConclaveError[] = [];
  let submitted = 0;
  for (let round = 0; round < 40; round++) {
    for (let i = 0; i < 40; i++) {
      submitted += 1;
      node.act([act]).then(
        () => {
          answered += 1;
        },
        (error: ConclaveError) => refused.push(error),
      );
    }
    await run(20);
  }
  expect(answered).toBe(0);
  expect(new Set(refused.map(({ code }) => code))).toEqual(new Set(["OVERLOADED"]));
  expect(refused[0]?.retryAfterMs).toBeGreaterThan(0);
  const kept = ((submitted - refused.length) * result.byteLength) / mebibyte;
  expect(kept).toBeLessThan(140);
  expect((submitted * result.byteLength) / mebibyte).toBeGreaterThan(2 * kept);

  disk.release();
  await run(1_000);
  expect(answered).toBe(submitted - refused.length);
  await expect(Promise.race([node.act([act]), run(1_000)])).resolves.toMatchObject([{ ok: false }]);
});
