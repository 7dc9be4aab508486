import { readFileSync } from 'node:fs'
import { IsthmusError, reasonOf } from '../../errors.ts'
import { json } from '../../message/codec/json.ts'

/** The data of a file, or with `-` of standard input. Throws CLI-USAGE for what cannot be read, or is no JSON. */
export function readData(file: string): unknown {
  return parseData(contentOf(file), file)
}

/** Numbers that JavaScript would round become text, as in messages. */
export function parseData(bytes: Buffer, what: string): unknown {
  try {
    return json().decode(bytes)
  } catch (error) {
    const name = what === '-' ? 'Standard input' : what
    throw new IsthmusError('CLI-USAGE', `${name} is not JSON: ${reasonOf(error)}`)
  }
}

function contentOf(file: string): Buffer {
  try {
    return readFileSync(file === '-' ? 0 : file)
  } catch (error) {
    throw new IsthmusError('CLI-USAGE', `The new data cannot be read: ${reasonOf(error)}`)
  }
}
