import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import { parse } from 'yaml';

const file = new URL('../../fixtures/chaos-mesh/networkchaos.yaml', import.meta.url);

/** The CustomResourceDefinition of Chaos Mesh itself, as text. */
export const crdText = (): string => readFileSync(file, 'utf8');

type Schema = { readonly [key: string]: unknown };

/** As an API server validates with `fieldValidation=Strict`: a field that the schema does not know is an error. */
const strict = (schema: unknown): unknown => {
  if (Array.isArray(schema)) return schema.map(strict);
  if (typeof schema !== 'object' || schema === null) return schema;
  const own = Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, strict(value)]));
  return 'properties' in own && !('additionalProperties' in own) ? { ...own, additionalProperties: false } : own;
};

/** What the schema has against an object, a line each; empty where it takes it. */
export const crdProblems = (() => {
  const crd = parse(crdText()) as { spec: { versions: [{ schema: { openAPIV3Schema: Schema } }] } };
  const [{ schema }] = crd.spec.versions;
  // Formats of numbers are OpenAPI's own; nothing that is written has a number of such a format.
  const validate = new Ajv({ strict: false, validateFormats: false, allErrors: true }).compile(
    strict(schema.openAPIV3Schema) as object,
  );
  return (object: object): readonly string[] =>
    validate(object)
      ? []
      : (validate.errors ?? []).map(({ instancePath, message, params }) =>
          `${instancePath} ${message} ${'additionalProperty' in params ? params.additionalProperty : ''}`.trim(),
        );
})();
