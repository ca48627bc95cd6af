export {
  type Commander,
  type CommandLog,
  containerCommander,
  failureLine,
  logged,
  type NodeCommand,
  placed,
} from './commander.ts';
export { type Dialogue, startDialogue } from './dialogue.ts';
export { armGuard, type Guard } from './guard.ts';
export { type Hold, type Stamped, startHold } from './hold.ts';
export {
  type HollowVerb,
  hollowArgvFile,
  hollowCommand,
  hollowProcess,
  readHollowCommand,
} from './hollow-process.ts';
export { hostCommander } from './host.ts';
export { type Lock, lockHolder, takeLock } from './lock.ts';
