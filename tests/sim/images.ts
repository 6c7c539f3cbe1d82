/**
 * What the operating system holds and what the disk holds, side by side: files
 * and directories as inodes, so that a name and a content are two things, each
 * with its own fate.
 */
import { FileInode } from "./file_inode.ts";
import { systemError } from "./plan.ts";
import type { Random } from "./random.ts";

/** A directory: its names for the operating system, and those on the disk. */
export class DirectoryInode {
  readonly isDirectory = true;
  readonly cached = new Map<string, Inode>();
  readonly stored = new Map<string, Inode>();
}

export type Inode = FileInode | DirectoryInode;

/** What becomes of one name; `undefined` takes it away. */
export interface NameChange {
  dir: DirectoryInode;
  name: string;
  inode: Inode | undefined;
}

/** Changes of names that happen together or not at all: a rename has two. */
interface Transaction {
  seq: number;
  changes: NameChange[];
}

/** Where a path points: its directory is there, its name need not be. */
export interface Place {
  dir: DirectoryInode;
  name: string;
  inode: Inode | undefined;
}

/** All files and directories, in both images. */
export class Images {
  root: DirectoryInode = new DirectoryInode();
  #journal: Transaction[] = [];
  #seq = 0;

  /** Where the history of changes stands: what a sync that begins now covers. */
  get now(): number {
    return this.#seq;
  }

  /** Numbers a change. */
  next(): number {
    return ++this.#seq;
  }

  /** What is at a path, for the operating system. */
  find(path: string): Inode | undefined {
    let inode: Inode | undefined = this.root;
    for (const name of segments(path)) {
      if (!inode?.isDirectory) return undefined;
      inode = inode.cached.get(name);
    }
    return inode;
  }

  place(path: string): Place {
    const names = segments(path);
    const name = names.pop();
    if (name === undefined) throw systemError("EBUSY", "the root");
    const dir = this.directory(names.join("/"));
    return { dir, name, inode: dir.cached.get(name) };
  }

  file(path: string): FileInode {
    const { inode } = this.place(path);
    if (!inode) throw systemError("ENOENT", `open "${path}"`);
    if (inode.isDirectory) throw systemError("EISDIR", `open "${path}"`);
    return inode;
  }

  directory(path: string): DirectoryInode {
    const inode = this.find(path);
    if (!inode) throw systemError("ENOENT", `open "${path}"`);
    if (!inode.isDirectory) throw systemError("ENOTDIR", `open "${path}"`);
    return inode;
  }

  makeDir(path: string): void {
    const { dir, name, inode } = this.place(path);
    if (inode) throw systemError("EEXIST", `make directory "${path}"`);
    this.change([{ dir, name, inode: new DirectoryInode() }]);
  }

  ensureDir(path: string): void {
    const names = segments(path);
    for (let depth = 1; depth <= names.length; depth++) {
      const parent = names.slice(0, depth).join("/");
      if (!this.find(parent)?.isDirectory) this.makeDir(parent);
    }
  }

  rename(from: string, to: string): void {
    const source = this.place(from);
    const target = this.place(to);
    if (!source.inode) throw systemError("ENOENT", `rename "${from}"`);
    if (target.inode?.isDirectory) {
      throw systemError("EISDIR", `rename "${from}" to "${to}"`);
    }
    if (source.inode === target.inode) return;
    this.change([
      { dir: source.dir, name: source.name, inode: undefined },
      { dir: target.dir, name: target.name, inode: source.inode },
    ]);
  }

  remove(path: string): void {
    const { dir, name, inode } = this.place(path);
    if (!inode) throw systemError("ENOENT", `remove "${path}"`);
    if (inode.isDirectory && inode.cached.size > 0) {
      throw systemError("ENOTEMPTY", `remove "${path}"`);
    }
    this.change([{ dir, name, inode: undefined }]);
  }

  change(changes: NameChange[]): void {
    for (const { dir, name, inode } of changes) {
      if (inode) dir.cached.set(name, inode);
      else dir.cached.delete(name);
    }
    this.#journal.push({ seq: this.next(), changes });
  }

  syncDir(dir: DirectoryInode, until: number): void {
    this.#take(dir, until).forEach(store);
  }

  failSyncDir(dir: DirectoryInode, until: number, random: Random): void {
    const taken = this.#take(dir, until);
    taken.slice(0, random.amount(taken.length)).forEach(store);
  }

  /** The same files with both images as they are, or copies of them. */
  clone(isCopy = false): Images {
    const copy = new Images();
    const copies = new Map<Inode, Inode>();
    const of = <I extends Inode>(inode: I): I => {
      const known = copies.get(inode);
      if (known) return known as I;
      const made = inode.isDirectory
        ? new DirectoryInode()
        : inode.clone(isCopy);
      copies.set(inode, made);
      if (inode.isDirectory) {
        const to = made as DirectoryInode;
        for (const [name, child] of inode.cached) {
          to.cached.set(name, of(child));
        }
        for (const [name, child] of inode.stored) {
          to.stored.set(name, of(child));
        }
      }
      return made as I;
    };
    copy.root = of(this.root);
    copy.#seq = this.#seq;
    copy.#journal = this.#journal.map(({ seq, changes }) => ({
      seq,
      changes: changes.map(({ dir, name, inode }) => ({
        dir: of(dir),
        name,
        inode: inode && of(inode),
      })),
    }));
    return copy;
  }

  /**
   * What is found after a power loss. Changes of names reach the disk in their
   * order (a journal: ext4, XFS) or in any order (POSIX promises none, and btrfs
   * gives none: Pillai et al., table 1): one or the other is drawn.
   */
  afterPowerLoss(random: Random): Images {
    const before = this.clone();
    if (random.chance(0.5)) {
      const kept = random.amount(before.#journal.length);
      before.#journal.slice(0, kept).forEach(store);
    } else {
      before.#journal.filter(() => random.chance(0.5)).forEach(store);
    }
    const after = new Images();
    const survivors = new Map<Inode, Inode>();
    const survivor = (inode: Inode): Inode => {
      const known = survivors.get(inode);
      if (known) return known;
      const made = inode.isDirectory
        ? new DirectoryInode()
        : inode.afterPowerLoss(random);
      survivors.set(inode, made);
      if (inode.isDirectory) {
        for (const [name, child] of inode.stored) {
          const to = made as DirectoryInode;
          to.stored.set(name, survivor(child));
          to.cached.set(name, survivor(child));
        }
      }
      return made;
    };
    after.root = survivor(before.root) as DirectoryInode;
    return after;
  }

  /** Takes what concerns a directory off the journal, in order. */
  #take(dir: DirectoryInode, until: number): Transaction[] {
    const concerns = ({ seq, changes }: Transaction) =>
      seq <= until && changes.some((change) => change.dir === dir);
    const taken = this.#journal.filter(concerns);
    this.#journal = this.#journal.filter((change) => !concerns(change));
    return taken;
  }
}

function store({ changes }: Transaction): void {
  for (const { dir, name, inode } of changes) {
    if (inode) dir.stored.set(name, inode);
    else dir.stored.delete(name);
  }
}

function segments(path: string): string[] {
  return path.split(/[\\/]/).filter((name) => name !== "" && name !== ".");
}
