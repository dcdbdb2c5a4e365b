import { connect, type Socket } from "node:net";
import { expect, test } from "vitest";
import { affordableConnections } from "../../src/api/grpc/connectionLimit.ts";
import { until } from "../support/until.ts";
import { start } from "./harness.ts";

test("no more clients are connected than there are files to spare; the rest are turned away, and it is said", async () => {
  await using harness = await start({ maxConnections: 5 });
  const port = Number(harness.address.split(":")[1]);
  const sockets: Socket[] = Array.from({ length: 12 }, () =>
    connect(port, "127.0.0.1").on("error", () => undefined),
  );
  try {
    for (const socket of sockets) socket.resume();
    await until("seven are turned away", () => sockets.filter((socket) => socket.closed).length === 7);
    expect(harness.log.filter(({ message }) => message.startsWith("clients are turned away"))).toMatchObject([
      { level: "warn", fields: { most: 5 } },
    ]);
    for (const socket of sockets) socket.destroy();
    const served = (): Promise<boolean> =>
      new Promise((resolve) => {
        const later = connect(port, "127.0.0.1").on("error", () => undefined);
        sockets.push(later);
        later.once("data", () => resolve(true)).once("close", () => resolve(false));
      });
    await until("one that comes later is served", served);
  } finally {
    for (const socket of sockets) socket.destroy();
  }
});

test("files for the disk and the peers are set aside first", () => {
  expect(affordableConnections(1024)).toBe(384);
  expect(affordableConnections(256)).toBe(64);
  expect(affordableConnections(1_048_576)).toBe(10_000);
  expect(affordableConnections()).toBeGreaterThanOrEqual(64);
});
