export { type DamagedJournal, type FoundJournal, findJournals } from './find.ts';
export { type Journal, openJournal, type UndoCommand, type UndoEntry } from './journal.ts';
