import { deadConnection, inStep, oldDuration } from './client-measurements.ts';
import type { Measurement } from './controllers.ts';
import { deniedFiveTimes, idleTimeout, runningTimer, sameName, staleTaint } from './eviction-measurements.ts';
import {
  clockSetBack,
  comesBack,
  deadBehindItsClock,
  lateTaint,
  lostTaint,
  markingEnds,
  removedByHand,
  staleLease,
  taintedAllDown,
  uncountedMaster,
  unmarkedWhenSilent,
  withoutReady,
} from './health-measurements.ts';

/** By the id of the bug. What is not here says in the table why. */
export const measurements: Readonly<Record<string, Measurement>> = {
  'kubernetes#94183': lostTaint,
  'kubernetes#120815': lateTaint,
  'kubernetes#74651': idleTimeout,
  'kubernetes#113081': clockSetBack,
  'kubernetes#138698': deadBehindItsClock,
  'kubernetes#89012': removedByHand,
  'kubernetes#90794': runningTimer,
  'kubernetes#77981': uncountedMaster,
  'kubernetes#135205': markingEnds,
  'kubernetes#85221': staleLease,
  'kubernetes#111385': taintedAllDown,
  'kubernetes#117555': withoutReady,
  'kubernetes#107543': sameName,
  'kubernetes#140639': deniedFiveTimes,
  'kubernetes#139992': staleTaint,
  'kubernetes#141572': comesBack,
  'kubernetes#101652': inStep,
  'kubernetes#102744': oldDuration,
  'kubernetes#109998': unmarkedWhenSilent,
  'client-go#374': deadConnection,
};
