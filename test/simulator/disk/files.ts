import { currentHost, type Host } from "../time/host.ts";
import type { Disk, DiskFailure, FileKind } from "./disk.ts";
import type { FileTree } from "./fileTree.ts";
import type { StoreModel } from "./storeModel.ts";

const disks = new WeakMap<Host, Disk>();
/** What a database shows of itself to whoever lists its folder. */
const insideStore = "000001.log";
const manifestOf = "/CURRENT";

/** From now on `host`'s file system is this disk. */
export function mount(host: Host, disk: Disk): void {
  disks.set(host, disk);
}

function here(): { readonly host: Host; readonly disk: Disk } {
  const host = currentHost();
  const disk = host === null ? undefined : disks.get(host);
  if (host === null || disk === undefined) throw new Error("this process has no disk");
  return { host, disk };
}

/** One operation on files: at once, unless the disk fails or hangs. One that fails is done all the same, or as `partly` says. */
function act<Result>(
  kind: FileKind,
  syscall: string,
  path: string,
  carryOut: (files: FileTree) => Result,
  partly: (files: FileTree, chance: number) => void = (files, chance) => {
    if (chance < 0.5) carryOut(files);
  },
): Promise<Result> {
  const { host, disk } = here();
  return new Promise((resolve, reject) => {
    if (disk.isWellFor(kind, path)) return resolve(carryOut(disk.files));
    disk.attend({ host, kind, path }, (failure, chance) => {
      try {
        if (failure === null) return resolve(carryOut(disk.files));
        if (kind !== "readFile") partly(disk.files, chance);
        reject(failed(failure, syscall, path));
      } catch (error) {
        reject(error);
      }
    });
  });
}

const said = { EIO: "i/o error", ENOSPC: "no space left on device" } as const;

function failed(code: DiskFailure, syscall: string, path: string): Error {
  return Object.assign(new Error(`${code}: ${said[code]}, ${syscall} '${path}'`), { code, syscall });
}

function synced(path: string): Promise<void> {
  const { host, disk } = here();
  return new Promise((resolve, reject) => {
    disk.sync(
      host,
      path,
      () => sync(disk, path),
      (failure) => {
        if (failure === null) resolve();
        else reject(failed(failure, "fsync", path));
      },
    );
  });
}

/** Bytes are kept as text in which each is a character. */
function textOf(content: string | Uint8Array): string {
  return typeof content === "string" ? content : Buffer.from(content).toString("latin1");
}

function bytesOf(files: FileTree, path: string): Buffer {
  const text = files.read(path);
  if (text === null) throw missing(path);
  return Buffer.from(text, "latin1");
}

function missing(path: string): Error {
  return Object.assign(new Error(`ENOENT: no such file or directory, '${path}'`), {
    code: "ENOENT",
    syscall: "open",
  });
}

function sync({ files }: Disk, path: string): void {
  const [, folder = "", name = ""] = /^(.*)\/([^/]*)$/.exec(path) ?? [];
  const store = files.store(folder);
  if (store !== null && name === insideStore) store.syncAll();
  else if (files.read(path) === null) files.syncFolder(path);
  else files.syncFile(path);
}

/** The database whose manifest's name this is. */
function databaseOf(files: FileTree, path: string): StoreModel | null {
  return path.endsWith(manifestOf) ? files.store(path.slice(0, -manifestOf.length)) : null;
}

/** As much of `node:fs/promises` as the storage uses, upon the disk of the process that calls. */
export const virtualFiles = {
  /** Resolves to the folder when it was not there: those above it need not be made. */
  mkdir: (path: string): Promise<string | undefined> =>
    act("writeFile", "mkdir", path, (files) => (files.makeFolder(path) ? path : undefined)),
  readdir: (path: string): Promise<string[]> =>
    act("readFile", "scandir", path, (files) =>
      files.store(path) === null ? files.list(path) : [insideStore],
    ),
  readFile: (path: string): Promise<string> =>
    act("readFile", "open", path, (files) => {
      const text = files.read(path);
      if (text !== null) return text;
      const store = databaseOf(files, path);
      if (store === null) throw missing(path);
      return `MANIFEST-${store.opens}\n`;
    }),
  access: (path: string): Promise<void> =>
    act("readFile", "access", path, (files) => {
      if (!files.has(path) && databaseOf(files, path) === null) throw missing(path);
    }),
  rename: (from: string, to: string): Promise<void> =>
    act("writeFile", "rename", from, (files) => {
      if (!files.rename(from, to)) throw missing(from);
    }),
  rm: (path: string, options: { readonly force?: boolean } = {}): Promise<void> =>
    act("removeFile", "rm", path, (files) => {
      if (!files.remove(path) && options.force !== true) throw missing(path);
    }),
  rmdir: (path: string): Promise<void> =>
    act("removeFile", "rmdir", path, (files) => {
      if (files.list(path).length > 0 || !files.remove(path)) throw missing(path);
    }),
  open: async (path: string, flags: string) => {
    const isRead = flags === "r";
    await act(isRead ? "readFile" : "writeFile", "open", path, (files) => {
      if (!isRead) files.create(path);
    });
    return {
      // From where the last write ended.
      writeFile: (content: string | Uint8Array): Promise<void> => {
        const text = textOf(content);
        return act(
          "writeFile",
          "write",
          path,
          (files) => files.append(path, text),
          (files, chance) => files.append(path, text.slice(0, chance * text.length)),
        );
      },
      stat: () =>
        act("readFile", "fstat", path, (files) => ({
          size: bytesOf(files, path).length,
          isFile: () => true,
        })),
      read: (into: Uint8Array, offset: number, length: number, position: number) =>
        act("readFile", "read", path, (files) => {
          const bytes = bytesOf(files, path).subarray(position, position + length);
          into.set(bytes, offset);
          return { bytesRead: bytes.length };
        }),
      sync: (): Promise<void> => synced(path),
      close: (): Promise<void> => Promise.resolve(),
    };
  },
} as const;
