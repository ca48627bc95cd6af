import type { ModelConfig, ModelFault, ModelPhase } from '../../../../src/backend/model/index.ts';
import { type AskedSettings, type ModelVersion, settingsFor } from '../../../../src/backend/model/index.ts';

export const us = (seconds: number): number => Math.round(seconds * 1_000_000);

export const steady = (seconds: number): ModelPhase => ({ kind: 'steady', name: 'steady', durationUs: us(seconds) });
export const fault = (seconds: number, ...inject: readonly ModelFault[]): ModelPhase => ({
  kind: 'fault',
  name: 'fault',
  durationUs: us(seconds),
  inject,
});
export const recover = (seconds: number): ModelPhase => ({ kind: 'recover', name: 'recover', withinUs: us(seconds) });

export const pauseOf = (...targets: readonly string[]): ModelFault => ({ id: 'pause', kind: 'kubelet-pause', targets });

/** `worker`, `worker2`, … */
export const workers = (count: number): string[] =>
  Array.from({ length: count }, (_, index) => (index === 0 ? 'worker' : `worker${index + 1}`));

export const version = (minor: number, patch = 0): ModelVersion => ({ minor, patch });

/** One control plane and two workers that have run for weeks, unless asked otherwise; no load. */
export const cluster = (of: ModelVersion, asked: AskedSettings, changes: Partial<ModelConfig> = {}): ModelConfig => ({
  version: of,
  settings: settingsFor(of, asked),
  seed: 1,
  controlPlanes: 1,
  workers: 2,
  zones: 1,
  replicas: 0,
  backgroundPods: { controlPlane: 0, worker: 0 },
  age: 'old',
  load: null,
  phases: [],
  expectedSettings: [],
  ...changes,
});
