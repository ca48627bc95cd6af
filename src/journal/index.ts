export { type Aside, findAsides } from './asides.ts';
export { type DamagedJournal, type FoundJournal, findJournals } from './find.ts';
export { type Journal, type JournalOwner, openJournal, type UndoCommand, type UndoEntry } from './journal.ts';
