/** CRC-32C (Castagnoli, reflected 0x82f63b78): LevelDB's checksum, which node:zlib does not have. */

const polynomial = 0x82f6_3b78;

/** `tables[n * 256 + byte]`: what the byte does to the checksum once n bytes have followed it. */
const tables = new Uint32Array(8 * 256);
for (let byte = 0; byte < 256; byte++) {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ polynomial : value >>> 1;
  tables[byte] = value;
}
for (let at = 256; at < tables.length; at++) {
  const before = tables[at - 256] ?? 0;
  tables[at] = (tables[before & 0xff] ?? 0) ^ (before >>> 8);
}

/** Eight bytes at a time: a restart goes through a WAL of up to 64 MiB. */
export function crc32c(bytes: Uint8Array): number {
  let crc = 0xffff_ffff;
  let at = 0;
  const through = bytes.length - 8;
  for (; at <= through; at += 8) {
    crc ^= word(bytes, at);
    const rest = word(bytes, at + 4);
    crc =
      step(7, crc) ^
      step(6, crc >>> 8) ^
      step(5, crc >>> 16) ^
      step(4, crc >>> 24) ^
      step(3, rest) ^
      step(2, rest >>> 8) ^
      step(1, rest >>> 16) ^
      step(0, rest >>> 24);
  }
  for (; at < bytes.length; at++) crc = step(0, crc ^ (bytes[at] ?? 0)) ^ (crc >>> 8);
  return (crc ^ 0xffff_ffff) >>> 0;
}

function word(bytes: Uint8Array, at: number): number {
  return (
    (bytes[at] ?? 0) |
    ((bytes[at + 1] ?? 0) << 8) |
    ((bytes[at + 2] ?? 0) << 16) |
    ((bytes[at + 3] ?? 0) << 24)
  );
}

function step(following: number, byte: number): number {
  return tables[following * 256 + (byte & 0xff)] ?? 0;
}
