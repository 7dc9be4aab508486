import type { Flow } from '../../../flow/flow.ts'
import { modelId } from '../../../model/model.ts'
import type { SourceFiles } from '../../../observe/lineage/source-text.ts'
import { channelId } from '../../../system/channel.ts'
import { describedSteps } from './described.ts'
import type { DescribedStep } from './schemas.ts'

/** A flow line by line, so that two versions of it can be compared. */
export function flowText(flow: Flow, files: SourceFiles): string {
  const { source, ordering } = flow
  const key = files.of(ordering.of, flow.at).text
  const head = [`from ${channelId(source)} as ${modelId(source.model)}`, `key ${key}, ${ordering.afterPark}`]
  return `${[...head, ...describedSteps(flow, files).flatMap(stepLines)].join('\n')}\n`
}

function stepLines({ step, kind, depth, branch, channel, effect, model, code }: DescribedStep): string[] {
  const indent = '  '.repeat(depth)
  const way = branch === undefined ? '' : `[${branch}] `
  const about = [kind, step, channel, effect, model && `as ${model}`].filter(Boolean).join(' ')
  const functions = code.flatMap(({ role, field, name, text }) =>
    lines(`${field ?? role}: ${name ?? text}`, `${indent}  `),
  )
  return [`${indent}${way}${about}`, ...functions]
}

function lines(text: string, indent: string): string[] {
  return text.split('\n').map(line => `${indent}${line}`)
}
