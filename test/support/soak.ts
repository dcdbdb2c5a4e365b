/** How long a test of a steady state lasts: a short slice in `npm test`, minutes by `npm run soak`. */
export const soakSeconds = Number(process.env["CONCLAVE_SOAK_SECONDS"] ?? 10);
