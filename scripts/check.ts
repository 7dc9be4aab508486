import { fileURLToPath } from 'node:url'
import { describeCheck, runChecks } from './checks.ts'

const results = await runChecks(fileURLToPath(new URL('..', import.meta.url)))
for (const result of results) console.log(describeCheck(result))
process.exitCode = results.every(({ problems }) => problems.length === 0) ? 0 : 1
