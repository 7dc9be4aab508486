import { backlog } from '../cluster/backlog.ts'
import { chaos } from '../cluster/chaos.ts'
import { withoutNamespaces } from '../cluster/namespaces.ts'
import { withoutCluster } from '../recovery/postgres-cluster.ts'

interface Soak {
  readonly minutes: number
  readonly first: number
  readonly messages: number
}

/** What happens to members lasts two minutes by a seed; the next one has the next seed. Rejects if anything is lost. */
export async function soakCluster(
  { minutes, first, messages }: Soak,
  tell: (line: string) => void,
): Promise<void> {
  const reason = withoutNamespaces || withoutCluster
  if (reason) throw new Error(reason)
  for (let n = 0; 2 * n < minutes; n++) {
    tell(`seed ${first + n}`)
    const time = Math.min(2, minutes - 2 * n) * 60_000
    await alone(t => chaos(t, { seed: first + n, time, tell }))
  }
  await alone(t => backlog(t, { messages, tell }))
}

async function alone(use: (t: { after(work: () => unknown): void }) => Promise<void>): Promise<void> {
  const closing: (() => unknown)[] = []
  try {
    await use({ after: work => void closing.push(work) })
  } finally {
    for (const close of closing.reverse()) await close()
  }
}
