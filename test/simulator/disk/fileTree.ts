import type { Random } from "../../../src/base/random.ts";
import type { StoreModel } from "./storeModel.ts";

interface File {
  readonly kind: "file";
  text: string;
  synced: boolean;
}

/** A database is one leaf: nobody but LevelDB cares for its files. */
type Leaf = File | { readonly kind: "store"; readonly store: StoreModel } | { readonly kind: "folder" };
type Names = Map<string, Leaf>;

/** A change of names: durable once one of its folders was synced, or a later change before which it came. */
interface Change {
  readonly folders: readonly string[];
  readonly make: (names: Names) => void;
}

/**
 * Files, folders and databases as a journalling file system keeps them: a change of names is there for all to see at
 * once, and a power loss keeps a prefix of those that were not synced. Contents of files are a matter of their own.
 */
export class FileTree {
  #visible: Names = new Map();
  #durable: Names = new Map();
  #journal: Change[] = [];

  get isEmpty(): boolean {
    return [...this.#visible.values()].every(({ kind }) => kind === "folder");
  }

  has(path: string): boolean {
    return this.#visible.has(path);
  }

  /** Whether it is there, and is after a power loss as well. */
  keeps(path: string): boolean {
    return this.#visible.has(path) && this.#durable.has(path);
  }

  /** Names of what lies directly in the folder. */
  list(folder: string): string[] {
    const inside = [...this.#visible.keys()].filter((path) => path.startsWith(`${folder}/`));
    return [...new Set(inside.map((path) => path.slice(folder.length + 1).split("/")[0] ?? ""))];
  }

  read(path: string): string | null {
    const leaf = this.#visible.get(path);
    return leaf?.kind === "file" ? leaf.text : null;
  }

  write(path: string, text: string): void {
    this.create(path);
    this.fill(path, text);
  }

  /** An empty file in place of whatever was there. */
  create(path: string): void {
    const leaf: File = { kind: "file", text: "", synced: false };
    this.#change([path], (names) => names.set(path, leaf));
  }

  fill(path: string, text: string): void {
    const leaf = this.#visible.get(path);
    if (leaf?.kind !== "file") return;
    leaf.text = text;
    leaf.synced = false;
  }

  /** False when it is there. */
  makeFolder(path: string): boolean {
    if (this.#visible.has(path)) return false;
    this.#change([path], (names) => names.set(path, { kind: "folder" }));
    return true;
  }

  store(path: string): StoreModel | null {
    const leaf = this.#visible.get(path);
    return leaf?.kind === "store" ? leaf.store : null;
  }

  makeStore(path: string, store: StoreModel): void {
    this.#change([path], (names) => names.set(path, { kind: "store", store }));
  }

  /** Where a database is now; null when its name is gone. */
  placeOf(store: StoreModel): string | null {
    for (const [path, leaf] of this.#visible) if (leaf.kind === "store" && leaf.store === store) return path;
    return null;
  }

  stores(): [path: string, store: StoreModel][] {
    return [...this.#visible].flatMap(([path, leaf]) => (leaf.kind === "store" ? [[path, leaf.store]] : []));
  }

  /** After what it holds by now. */
  append(path: string, text: string): void {
    this.fill(path, (this.read(path) ?? "") + text);
  }

  syncFile(path: string): void {
    const leaf = this.#visible.get(path);
    if (leaf?.kind === "file") leaf.synced = true;
  }

  /** False when there is no such thing. A folder or database takes with it what is in it. */
  rename(from: string, to: string): boolean {
    if (!this.#visible.has(from)) return false;
    this.#change([from, to], (names) => {
      for (const path of inside(names, to)) names.delete(path);
      for (const path of inside(names, from)) {
        const leaf = names.get(path);
        names.delete(path);
        if (leaf !== undefined) names.set(to + path.slice(from.length), leaf);
      }
    });
    return true;
  }

  remove(path: string): boolean {
    if (!this.#visible.has(path)) return false;
    this.#change([path], (names) => {
      for (const each of inside(names, path)) names.delete(each);
    });
    return true;
  }

  syncFolder(folder: string): void {
    const last = this.#journal.findLastIndex(({ folders }) => folders.includes(folder));
    for (const { make } of this.#journal.splice(0, last + 1)) make(this.#durable);
  }

  /** Of the changes of names a prefix is left; contents that were never synced are cut short. */
  powerLoss(random: Random): void {
    if (this.#journal.length > 0) {
      for (const { make } of this.#journal.splice(0, random.below(this.#journal.length + 1)))
        make(this.#durable);
      this.#journal = [];
      this.#visible = new Map(this.#durable);
    }
    for (const leaf of this.#visible.values()) {
      if (leaf.kind !== "file" || leaf.synced) continue;
      leaf.text = leaf.text.slice(0, random.below(leaf.text.length + 1));
      leaf.synced = true;
    }
  }

  /** As everybody sees it at this moment. */
  copy(copyOf: (store: StoreModel) => StoreModel): FileTree {
    const copy = new FileTree();
    for (const [path, leaf] of this.#visible) {
      if (leaf.kind === "store") copy.#visible.set(path, { kind: "store", store: copyOf(leaf.store) });
      else copy.#visible.set(path, leaf.kind === "file" ? { ...leaf, synced: true } : leaf);
    }
    copy.#durable = new Map(copy.#visible);
    return copy;
  }

  clear(): void {
    this.#visible = new Map();
    this.#durable = new Map();
    this.#journal = [];
  }

  /** Flips one bit of a file's text; false when there is no such file. */
  flip(path: string, random: Random): boolean {
    const leaf = this.#visible.get(path);
    if (leaf?.kind !== "file" || leaf.text.length === 0) return false;
    const bytes = Buffer.from(leaf.text);
    const at = random.below(bytes.length);
    bytes[at] = (bytes[at] ?? 0) ^ (1 << random.below(7));
    leaf.text = bytes.toString();
    leaf.synced = true;
    return true;
  }

  #change(paths: readonly string[], make: (names: Names) => void): void {
    make(this.#visible);
    const folders = paths.map((path) => path.slice(0, path.lastIndexOf("/")));
    this.#journal.push({ folders, make });
  }
}

function inside(names: Names, path: string): string[] {
  return [...names.keys()].filter((each) => each === path || each.startsWith(`${path}/`));
}
