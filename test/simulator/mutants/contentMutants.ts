import { type Mutant, one } from "./edits.ts";

/** What jobs hold comes back from a checkpoint, a snapshot or a backup as something else of the same length. */
export const contentMutants: readonly Mutant[] = [
  {
    name: "payloads come back from a checkpoint as zeros",
    edits: one(
      "machine/restore.ts",
      "const { id, payload } = job.spec;",
      "const { id } = job.spec;\n    const payload = new Uint8Array(job.spec.payload.length);",
    ),
  },
  {
    name: "two jobs' results are exchanged on their way through a checkpoint",
    edits: [
      {
        file: "machine/restore.ts",
        from: "    slot.restore(record);\n",
        to:
          "    slot.restore(record);\n    const { result } = slot;\n    if (result !== null && this.#other !== null) {\n" +
          "      slot.result = this.#other.result;\n      this.#other.result = result;\n    }\n" +
          "    if (result !== null) this.#other = this.#other === null ? slot : null;\n",
      },
      {
        file: "machine/restore.ts",
        from: "  #meta: MetaRecord | null = null;\n",
        to: "  #meta: MetaRecord | null = null;\n  #other: JobSlot | null = null;\n",
      },
    ],
  },
  {
    name: "what an attempt saved comes back from a checkpoint garbled",
    edits: one(
      "machine/rareState.ts",
      "this.saved = job.checkpoint ?? null;",
      "const { checkpoint } = job;\n" +
        "    this.saved = checkpoint === undefined ? null : { ...checkpoint, data: checkpoint.data.slice().reverse() };",
    ),
  },
  {
    name: "what a worker said last comes back from a checkpoint without its note",
    edits: one(
      "machine/rareState.ts",
      "this.progress = job.progress ?? null;",
      'this.progress = job.progress === undefined ? null : { ...job.progress, note: "" };',
    ),
  },
];
