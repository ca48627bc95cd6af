import { describeValue, type ReadYaml } from '../scenario/index.ts';
import type { Component, GivenSetting } from './types.ts';

export type Path = readonly (string | number)[];

export type Mapping = Readonly<Record<string, unknown>>;

export const isMapping = (value: unknown): value is Mapping =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A document that is YAML, with its place in the file; problems and settings of it are gathered as it is walked. */
export type Reader = {
  readonly at: (path: Path, atKey?: boolean) => string;
  readonly problem: (path: Path, message: string, atKey?: boolean) => void;
  readonly setting: (component: Component, name: string, value: string, path: Path) => void;
  readonly passOver: (sentence: string) => void;
  /** The mapping at a path; null where there is none. A value of another kind is a problem. */
  readonly mapping: (path: Path) => Mapping | null;
};

export type Gathered = {
  readonly problems: string[];
  readonly settings: GivenSetting[];
  readonly passedOver: string[];
};

const valueAt = (data: unknown, path: Path): unknown =>
  path.reduce<unknown>((value, step) => {
    if (Array.isArray(value)) return typeof step === 'number' ? value[step] : undefined;
    return isMapping(value) && Object.hasOwn(value, step) ? value[step] : undefined;
  }, data);

export const readerOf = (file: string, yaml: Extract<ReadYaml, { ok: true }>, gathered: Gathered): Reader => {
  const at = (path: Path, atKey = false): string => {
    const { line, column } = yaml.locate(path, atKey);
    return `${file}:${line}:${column}`;
  };
  const problem = (path: Path, message: string, atKey = false): void => {
    gathered.problems.push(`${at(path, atKey)}: ${path.length === 0 ? '' : `${path.join('.')}: `}${message}`);
  };
  return {
    at,
    problem,
    setting: (component, name, value, path) => gathered.settings.push({ component, name, value, origin: at(path) }),
    passOver: (sentence) => gathered.passedOver.push(sentence),
    mapping: (path) => {
      const value = valueAt(yaml.data, path);
      if (value === undefined || value === null) return null;
      if (isMapping(value)) return value;
      problem(path, `expected a mapping, received ${describeValue(value)}`);
      return null;
    },
  };
};
