import type { StandardSchemaV1 } from '@standard-schema/spec'
import { Ajv2020, type ErrorObject } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import { IsthmusError, reasonOf } from '../errors.ts'

export type Validated<T> =
  | { readonly ok: true; readonly data: T }
  | { readonly ok: false; readonly problems: readonly Problem[] }

/** `path` is dotted, with positions in brackets: `lines[2].qty`. */
export interface Problem {
  readonly path: string
  readonly problem: string
}

export type JsonSchema = Readonly<Record<string, unknown>>

interface SchemaValidator {
  readonly jsonSchema: JsonSchema
  validate(data: unknown): Validated<unknown>
}

/** Turns what the author gave as schema into a validator and its JSON Schema. */
export function schemaValidator(
  name: string,
  schema: object,
  given: JsonSchema | undefined,
): SchemaValidator {
  if ('~standard' in schema) return standardValidator(name, schema as StandardSchemaV1, given)
  return ajvValidator(name, schema as JsonSchema)
}

let shared: Ajv2020 | undefined

function ajv(): Ajv2020 {
  if (shared) return shared
  shared = new Ajv2020({ allErrors: true, verbose: true, strict: false, validateFormats: true })
  addFormats.default(shared, { mode: 'full' })
  return shared
}

/** Compiled at first use, since compiling takes milliseconds and a landscape may hold hundreds of models. */
function ajvValidator(name: string, jsonSchema: JsonSchema): SchemaValidator {
  let check: ReturnType<Ajv2020['compile']> | undefined
  const validate = (data: unknown): Validated<unknown> => {
    check ??= compile(name, jsonSchema)
    if (check(data)) return { ok: true, data }
    return { ok: false, problems: (check.errors ?? []).map(problemOf) }
  }
  return { jsonSchema, validate }
}

function compile(name: string, jsonSchema: JsonSchema) {
  try {
    const check = ajv().compile(jsonSchema)
    if ('$async' in check) throw asynchronous(name)
    return check
  } catch (cause) {
    if (cause instanceof IsthmusError) throw cause
    const text = `The schema of model ${name} is not valid JSON Schema: ${reasonOf(cause)}.`
    throw new IsthmusError('MODEL-DEFINITION', text, { cause })
  }
}

function asynchronous(name: string): IsthmusError {
  const text = `The validator of model ${name} is asynchronous; use a synchronous one.`
  return new IsthmusError('MODEL-DEFINITION', text)
}

function problemOf(error: ErrorObject): Problem {
  const steps = error.instancePath.split('/').slice(1)
  if (error.keyword === 'required') steps.push(String(error.params.missingProperty))
  return { path: pathText(steps), problem: textOf(error) }
}

/** What is there instead is told by its type, never by its value. */
function textOf({ keyword, message = keyword, data }: ErrorObject): string {
  if (keyword === 'required') return 'is required'
  return keyword === 'type' ? `${message}, and is ${typeOf(data)}` : message
}

function typeOf(data: unknown): string {
  if (data === null) return 'null'
  return Array.isArray(data) ? 'a list' : typeof data === 'string' ? 'text' : `of the type ${typeof data}`
}

function standardValidator(
  name: string,
  schema: StandardSchemaV1,
  given: JsonSchema | undefined,
): SchemaValidator {
  const standard = schema['~standard']
  const validate = (data: unknown): Validated<unknown> => {
    const result = attempt(() => standard.validate(data))
    if (result instanceof Promise) {
      result.catch(() => {})
      throw asynchronous(name)
    }
    if (!result.issues) return { ok: true, data: result.value }
    return {
      ok: false,
      problems: result.issues.map(issue => ({ path: issuePath(issue), problem: issue.message })),
    }
  }
  return { jsonSchema: given ?? askJsonSchema(name, standard), validate }
}

/** A validator that fails says no less of the data than one that refuses them. */
function attempt<R>(validate: () => R): R | StandardSchemaV1.FailureResult {
  try {
    return validate()
  } catch (error) {
    return { issues: [{ message: `cannot be validated: ${reasonOf(error)}` }] }
  }
}

/** Source: Standard JSON Schema, the companion of Standard Schema 1.1. */
function askJsonSchema(name: string, standard: object): JsonSchema {
  const converter = (standard as { jsonSchema?: { output(o: { target: string }): JsonSchema } }).jsonSchema
  if (converter) return converter.output({ target: 'draft-2020-12' })
  throw new IsthmusError(
    'MODEL-DEFINITION',
    `The validator of model ${name} does not tell its JSON Schema; give it beside as "jsonSchema".`,
  )
}

function issuePath(issue: StandardSchemaV1.Issue): string {
  return pathText((issue.path ?? []).map(step => String(typeof step === 'object' ? step.key : step)))
}

function pathText(steps: readonly string[]): string {
  let text = ''
  for (const step of steps) {
    if (/^\d+$/.test(step)) text += `[${step}]`
    else text += text ? `.${step}` : step
  }
  return text
}
