export type { CompiledProfile, EffectiveSettings, Eviction, ExpectedSetting, Profile, Reading } from './types.ts';
