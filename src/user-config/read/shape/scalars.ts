import * as z from 'zod';
import { parseQuantity } from '../values/machine-bound.ts';

/** A field that may be left out; to Go `null` leaves it out, too. */
export const maybe = <T extends z.ZodType>(shape: T) => shape.nullish();

const maxInt32 = 2 ** 31 - 1;

export const count = z.int().min(0).max(maxInt32);

export const text = z.string();

/** @see apimachinery pkg/util/validation, IsDNS1123Label */
export const label = z
  .string()
  .regex(/^[a-z\d](?:[a-z\d-]{0,61}[a-z\d])?$/, 'is no name in small letters, digits and -');

/** A kubelet adds `-` and the name of its node, and both together may have 253 characters. */
const maxPodName = 120;

/** @see apimachinery pkg/util/validation, IsDNS1123Subdomain */
export const podName = z
  .string()
  .max(maxPodName, 'is too long a name')
  .regex(
    /^[a-z\d](?:[a-z\d-]*[a-z\d])?(?:\.[a-z\d](?:[a-z\d-]*[a-z\d])?)*$/,
    'is no name in small letters, digits, - and .',
  );

const word = /[a-zA-Z\d](?:[\w.-]{0,61}[a-zA-Z\d])?/.source;
const domain = /[a-z\d](?:[a-z\d-]*[a-z\d])?(?:\.[a-z\d](?:[a-z\d-]*[a-z\d])?)*/.source;

/** @see apimachinery pkg/util/validation, IsQualifiedName */
export const qualifiedName = z.string().regex(new RegExp(`^(?:${domain}/)?${word}$`), 'has a key that is none');

/** @see apimachinery pkg/util/validation, IsValidLabelValue */
export const labelValue = z.string().regex(new RegExp(`^(?:${word})?$`), 'is no value of a label');

/** Absolute, and without a step back. */
export const path = z.string().regex(/^(?!.*(?:^|\/)\.\.(?:\/|$))\/[^\s:]*$/, 'is no absolute path');

export const port = z.int().min(1).max(65_535);

/** @see apimachinery pkg/util/validation, IsValidPortName */
export const portName = label.max(15).regex(/^(?=.*[a-z])(?!.*--)/, 'is no name of a port');

/** @see apimachinery pkg/api/resource, Quantity: text, or a number */
export const quantity = z
  .union([z.string(), z.number()])
  .refine((value) => parseQuantity(String(value)) !== null, { error: 'is no quantity' });

/** RFC 3339, as the API writes it. */
export const instant = z.string().regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/, 'is no time');

export const uuid = z.string().regex(/^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/, 'is no uid');
