import type * as z from 'zod';
import { calibrationShape } from '../calibration/shapes.ts';
import { jsonSchemaOf, type RunSchemaName } from '../common/schemas.ts';
import { planShape } from '../plan/shapes.ts';
import { requestRecordShape, timelineEventShape } from '../timeline/shapes.ts';
import { repeatsDocumentShape, runDocumentShape } from '../verdict/shapes.ts';
import { manifestShape } from './read/manifest.ts';

/** What the files of a run's folder have to be: everything that reads one, and the JSON Schemas, go by it. */
export const shapes: Readonly<Record<RunSchemaName, z.ZodType>> = {
  events: timelineEventShape,
  requests: requestRecordShape,
  run: runDocumentShape,
  repeats: repeatsDocumentShape,
  plan: planShape,
  manifest: manifestShape,
  calibration: calibrationShape,
};

const titles: Readonly<Record<RunSchemaName, string>> = {
  events: 'A line of events.ndjson',
  requests: 'A line of requests.ndjson.gz',
  run: 'run.json',
  repeats: 'run.json of several repeats',
  plan: 'plan.json',
  manifest: 'manifest.json',
  calibration: 'calibration.json',
};

/** The text of the JSON Schema of that name. */
export const schemaText = (name: RunSchemaName): string => jsonSchemaOf(titles[name], shapes[name]);
