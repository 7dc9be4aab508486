import { hash } from 'node:crypto'
import { IsthmusError } from '../../errors.ts'
import type { RowSource } from '../../flow/pipeline/extraction.ts'
import { type Pipeline, tablesBefore } from '../../flow/pipeline/pipeline.ts'
import { namedScope, sqlText } from '../../flow/pipeline/sql-model.ts'
import type { Table } from '../../flow/pipeline/table.ts'
import { channelId } from '../../system/channel.ts'
import { quoted, type Warehouse } from '../../system/warehouse.ts'
import type { RunState } from './run-state.ts'
import { stageName } from './sql/names.ts'

/** The tables that a run makes: all, or, in a repair, the one whose rows are loaded and those that read it. */
export function tablesOfRun({ tables }: Pipeline, { begun }: RunState): readonly Table[] {
  if (!begun.repair) return tables
  const made = new Set<Table>(tables.filter(({ name }) => name === begun.repair?.table))
  for (const each of tables) if (tablesBefore(each, [...made]).length > 0) made.add(each)
  return tables.filter(each => made.has(each))
}

/** The day on which a period begins, `2026-05-01`, where the schedule has its zone. */
export function dateOf({ schedule }: Pipeline, time: number): string {
  const timeZone = schedule?.zone ?? 'UTC'
  return new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short' }).format(time)
}

/** Another one where what is in its stage may not be what it would be now. */
export function shapeOfTable({ columns, load, from }: Table): string {
  const made =
    from.kind === 'sql' ? sqlText(from, namedScope) : [readingOf(from.source), ...from.steps].map(textOf)
  return hash('sha256', JSON.stringify([columns, load, made]), 'base64url').slice(0, 16)
}

const readingOf = (source: RowSource) =>
  source.kind === 'query' ? [channelId(source.channel), source.reading] : channelId(source.channel)

/** A step with the texts of its functions. */
function textOf(step: unknown): string {
  return JSON.stringify(step, (_, value) => (typeof value === 'function' ? String(value) : value)) ?? ''
}

export async function stageStands(
  warehouse: Warehouse,
  { name }: Table,
  run: string,
  signal: AbortSignal,
): Promise<boolean> {
  const stage = quoted(stageName(name, run, warehouse.dialect))
  try {
    await Array.fromAsync(warehouse.query(`select 1 from ${stage} limit 0`, signal))
    return true
  } catch (error) {
    if (error instanceof IsthmusError && error.fate === 'retry') throw error
    return false
  }
}
