export { writeDurably } from './files.ts';
export {
  type FoundJournal,
  findJournals,
  type Journal,
  openJournal,
  type UndoCommand,
  type UndoEntry,
} from './journal.ts';
export { isAlive, type ProcessIdentity, thisProcess } from './process.ts';
