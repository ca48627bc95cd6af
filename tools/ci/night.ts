// `npm run ci:night -- TONIGHT BASE`: the verdict of a night. Each folder TONIGHT/<scenario>-<version> is held against the
// same one of the last good nights, each of which is a folder of BASE. The table goes to GITHUB_STEP_SUMMARY, else to
// stdout; tonight.json has it too, and the output `good` says whether later nights may compare with this one.
// --seal-key FILE: the key that every run was sealed with; tonight's runs without that seal are inconclusive, and a night
// that has such runs is no good one.
// NIGHT_PLANNED: the runs that were to be, and how often each, as `ci:matrix` says it, beside which a run of another name is inconclusive; NIGHT_ALLOW: `unknown`, `uncomparable` or both, with a
// comma between, for what is not to fail the night.
// Exit: 64 what was asked is not understood · 3 a regression · 1 an expectation not met · 2 a run inconclusive, missing or fewer than before, too few comparable nights, a harm
// that may have grown · 0 all is well.
import { answerNight } from './night/judge-night.ts';

process.exitCode = await answerNight(process.argv.slice(2));
