import { simulateSagas } from '../../src/testing/simulation/sagas/simulate-sagas.ts'
import { simulateSharing } from '../../src/testing/simulation/sharing/simulate-sharing.ts'
import { simulate } from '../../src/testing/simulation/simulate.ts'
import { simulateTransactions } from '../../src/testing/simulation/transactions/simulate-transactions.ts'

interface Result {
  readonly violations: readonly string[]
  readonly trace: readonly string[]
  readonly crashes: number
}

/** Simulates seeds one after another; gives how many failed. A failing seed prints the command that replays it. */
export async function soakSimulation(first: number, count: number, showTrace: boolean): Promise<number> {
  let messages = 0
  const one = async (seed: number) => {
    const result = await simulate(seed)
    messages += result.messages
    return result
  }
  return soak('simulation', one, { first, count, showTrace }, () => `${messages} messages`)
}

export function soakAttendedSagas(first: number, count: number, showTrace: boolean): Promise<number> {
  return soakSagas(first, count, showTrace, true)
}

export async function soakSagas(
  first: number,
  count: number,
  showTrace: boolean,
  isAttended = false,
): Promise<number> {
  let sagas = 0
  const one = async (seed: number) => {
    const result = await simulateSagas(seed, isAttended)
    for (const ended of Object.values(result.ended)) sagas += ended
    return result
  }
  return soak(
    isAttended ? 'attended-sagas' : 'sagas',
    one,
    { first, count, showTrace },
    () => `${sagas} sagas`,
  )
}

export async function soakTransactions(first: number, count: number, showTrace: boolean): Promise<number> {
  let transactions = 0
  const one = async (seed: number) => {
    const result = await simulateTransactions(seed)
    transactions += result.transactions
    return result
  }
  return soak('transactions', one, { first, count, showTrace }, () => `${transactions} transactions`)
}

export async function soakSharing(first: number, count: number, showTrace: boolean): Promise<number> {
  let lives = 0
  const one = async (seed: number) => {
    const result = await simulateSharing(seed)
    lives += result.lives
    return result
  }
  return soak('sharing', one, { first, count, showTrace }, () => `${lives} lives of members`)
}

async function soak(
  name: string,
  one: (seed: number) => Promise<Result>,
  {
    first,
    count,
    showTrace,
  }: { readonly first: number; readonly count: number; readonly showTrace: boolean },
  counted: () => string,
): Promise<number> {
  let failed = 0
  let crashes = 0
  for (let seed = first; seed < first + count; seed++) {
    const result = await one(seed)
    crashes += result.crashes
    if (showTrace) console.log(result.trace.join('\n'))
    if (result.violations.length === 0) continue
    failed++
    console.log(`seed ${seed}: ${result.violations.slice(0, 3).join('; ')}`)
    console.log(`  replay it with: npm run soak -- ${name} --seed ${seed} --trace`)
  }
  console.log(`${count} seeds, ${counted()}, ${crashes} crashes: ${failed} failed`)
  return failed
}
