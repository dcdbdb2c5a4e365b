import { once } from "node:events";
import { createServer } from "node:net";
import { Worker } from "node:worker_threads";
import { expect, test, vi } from "vitest";
import { blockSize, freePorts, isFree, lowest } from "../../src/cli/cluster/freePorts.ts";

const blockOf = (port: number): number => Math.floor((port - lowest) / blockSize);

/** The last port drawn, with a few more in its block. */
async function withRoomBehind(): Promise<number> {
  for (;;) {
    const [port = 0] = await freePorts(1);
    if ((port - lowest) % blockSize < blockSize - 10) return port;
  }
}

// Put it in: freePorts.ts: begin with 10,000.
test("no port is drawn that fetch refuses, by which nodes are asked whether they are up", async () => {
  const refusal = await fetch("http://127.0.0.1:10080").then(
    () => undefined,
    (error: unknown) => (error instanceof Error ? error.cause : error),
  );
  expect(refusal).toMatchObject({ message: "bad port" });
  expect(lowest).toBeGreaterThan(10_080);
  const ports = await freePorts(50);
  expect(new Set(ports).size).toBe(50);
  for (const port of ports) expect(port).toBeGreaterThanOrEqual(lowest);
});

// Put it in: freePorts.ts: draw without waiting for the draw before.
test("calls at once share none, and each gets consecutive ones, from no more blocks than they fill", async () => {
  const counts = [1, 3, 201, 2, blockSize - 1, 7, ...Array.from({ length: 300 }, () => 1)];
  const drawn = await Promise.all(counts.map(freePorts));
  expect(new Set(drawn.flat()).size).toBe(counts.reduce((sum, count) => sum + count));
  for (const [at, ports] of drawn.entries()) {
    const first = ports[0] ?? 0;
    expect(ports).toEqual(Array.from({ length: counts[at] ?? 0 }, (_, further) => first + further));
  }
  expect(new Set(drawn.flat().map(blockOf)).size).toBeLessThanOrEqual(6);
  await expect(freePorts(blockSize)).rejects.toThrow(`at most ${blockSize - 1}`);
});

// Put it in: freePorts.ts: a supply of each copy's own.
test("copies of the module in one process draw from the same blocks", async () => {
  const before = await withRoomBehind();
  vi.resetModules();
  const copy = await import("../../src/cli/cluster/freePorts.ts");
  expect(copy.freePorts).not.toBe(freePorts);
  expect(await copy.freePorts(1)).toEqual([before + 1]);
});

test("one that somebody listens on is passed over", async () => {
  const before = await withRoomBehind();
  const server = createServer().listen(before + 2, "127.0.0.1");
  await once(server, "listening");
  expect(await isFree(before + 2)).toBe(false);
  const ports = await freePorts(4);
  expect(ports).not.toContain(before + 2);
  server.close();
  await once(server, "close");
});

// Put it in: freePorts.ts: close the server that holds a block.
test("who draws elsewhere at the same time draws from other blocks, and a block is free again after its holder", async () => {
  const module = JSON.stringify(new URL("../../dist/cli/cluster/freePorts.js", import.meta.url).href);
  // Each stays until it is terminated.
  const code = `import(${module}).then(async ({ freePorts }) => {
    const { parentPort } = require("node:worker_threads");
    parentPort.postMessage((await freePorts(1))[0]);
    parentPort.on("message", () => undefined);
  })`;
  const workers = Array.from({ length: 12 }, () => new Worker(code, { eval: true }));
  const drawn = Promise.all(workers.map((worker) => once(worker, "message") as Promise<[number]>));
  const [own = 0] = await freePorts(1);
  const others = (await drawn).map(([port]) => port);
  expect(new Set([own, ...others].map(blockOf)).size).toBe(1 + workers.length);
  const holding = others.map((port) => lowest + blockOf(port) * blockSize);
  for (const port of holding) expect(await isFree(port)).toBe(false);
  await Promise.all(workers.map((worker) => worker.terminate()));
  // Other tests that run just now may have taken some of them.
  const free = await Promise.all(holding.map(isFree));
  expect(free.filter(Boolean).length).toBeGreaterThan(workers.length / 2);
});

/** Draws so many ports in a thread in which `listen` fails with `code` for the ports that `fails` (of a port) tells. */
async function drawnWhere(fails: string, code: string, draws: number): Promise<number[] | string> {
  const module = JSON.stringify(new URL("../../dist/cli/cluster/freePorts.js", import.meta.url).href);
  const script = `
    const { Server } = require("node:net");
    const { parentPort } = require("node:worker_threads");
    const { listen } = Server.prototype;
    Server.prototype.listen = function (options, onListening) {
      const { port } = options;
      if (!(${fails})) return listen.call(this, options, onListening);
      const error = Object.assign(new Error("listen ${code}"), { code: "${code}" });
      process.nextTick(() => this.emit("error", error));
      return this;
    };
    import(${module})
      .then(({ freePorts }) => Promise.all(Array.from({ length: ${draws} }, () => freePorts(1))))
      .then((ports) => parentPort.postMessage(ports.flat()), (error) => parentPort.postMessage(error.message));`;
  const worker = new Worker(script, { eval: true });
  const [answer] = (await once(worker, "message")) as [number[] | string];
  await worker.terminate();
  return answer;
}

// Put it in: freePorts.ts: give up when there is no block; or do not look into `handedOut`.
test("where every block is taken ports are drawn anywhere, each once", async () => {
  const isFirst = `(port - ${lowest}) % ${blockSize} === 0`;
  const ports = await drawnWhere(isFirst, "EADDRINUSE", 500);
  expect(ports).toHaveLength(500);
  expect(new Set(ports as number[]).size).toBe(500);
});

test("what keeps it from listening at all is told, and not taken for a port in use", async () => {
  const told = await drawnWhere("true", "EMFILE", 1);
  expect(told).toMatch(/^cannot listen on 127\.0\.0\.1:\d+: listen EMFILE$/);
  expect(await drawnWhere("true", "EADDRINUSE", 1)).toBe("found no 1 free ports in a row in 10100..32099");
});
