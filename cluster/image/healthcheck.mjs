// Exit 0 when the node in this container answers on its HTTP port, with or without a leader.
const address = process.env.CONCLAVE_HEALTH_URL ?? "http://127.0.0.1:7600/healthz";
try {
  const response = await fetch(address, { signal: AbortSignal.timeout(2_000) });
  process.exitCode = response.ok ? 0 : 1;
} catch (error) {
  console.error(`${address}: ${error.cause?.message ?? error.message}`);
  process.exitCode = 1;
}
