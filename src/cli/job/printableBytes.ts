const strictText = new TextDecoder("utf-8", { fatal: true });

/** Payloads and results in JSON output: `text` when the bytes are UTF-8, else `base64`. */
type PrintableBytes = { readonly text: string } | { readonly base64: string };

export function printableBytes(bytes: Uint8Array): PrintableBytes {
  try {
    return { text: strictText.decode(bytes) };
  } catch {
    // Not UTF-8: that is all the decoder throws for.
    return { base64: Buffer.from(bytes).toString("base64") };
  }
}

/** Bytes in a table's cell: text as it is, anything else by its size. */
export function shownBytes(bytes: Uint8Array): string {
  if (bytes.length === 0) return "(empty)";
  const printable = printableBytes(bytes);
  if ("base64" in printable) return `(${bytes.length} bytes, not text; -o json has them)`;
  const { text } = printable;
  return text.length <= 200 ? text : `${text.slice(0, 200)}... (${bytes.length} bytes)`;
}
