export { armDeadManSwitch, type DeadManSwitch } from './dead-man-switch.ts';
export { type Dialogue, startDialogue } from './dialogue.ts';
export { type Hold, type Stamped, startHold } from './hold.ts';
export {
  type HollowVerb,
  hollowArgvFile,
  hollowCommand,
  hollowProcess,
  isHollowEnded,
  readHollowCommand,
} from './hollow-process.ts';
export {
  hollowRelay,
  hollowRelayCommand,
  hollowRelayFiles,
  hollowRelayPort,
  isHollowRelay,
  readHollowRelayCommand,
} from './hollow-relay.ts';
export { hostExec } from './host-exec.ts';
export { type Lock, lockHolder, takeLock } from './lock.ts';
export {
  type CommandLog,
  containerExec,
  failureLine,
  logged,
  type NodeCommand,
  type NodeExec,
  placed,
} from './node-exec.ts';
