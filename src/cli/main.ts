import { IsthmusError, reasonOf } from '../errors.ts'
import { exitCodeOf, exitCodes } from '../server/exit-code.ts'
import { version } from '../server/version.ts'
import { accountCodeCommand } from './account-code.ts'
import { aggregateListCommand } from './aggregate-list.ts'
import { aggregateShowCommand } from './aggregate-show.ts'
import { alertAcknowledgeCommand, alertSilenceCommand, alertTestCommand } from './alert-orders.ts'
import { alertShowCommand } from './alert-show.ts'
import { alertsCommand } from './alerts.ts'
import { asyncapiCommand } from './asyncapi.ts'
import { auditListCommand } from './audit-list.ts'
import { auditVerifyCommand } from './audit-verify.ts'
import { batchAbortCommand } from './batch-abort.ts'
import { batchGoCommand } from './batch-go.ts'
import { batchPauseCommand } from './batch-pause.ts'
import { batchShowCommand } from './batch-show.ts'
import { batchStartCommand } from './batch-start.ts'
import { checkCommand } from './check.ts'
import { devCommand } from './dev.ts'
import { driftCommand } from './drift.ts'
import { drillCommand } from './drill.ts'
import { failuresCommand } from './failures.ts'
import { graphCommand } from './graph.ts'
import { impactCommand } from './impact.ts'
import { importCommand } from './import.ts'
import { indoubtAcknowledgeCommand } from './indoubt-acknowledge.ts'
import { indoubtListCommand } from './indoubt-list.ts'
import { indoubtResolveCommand } from './indoubt-resolve.ts'
import { indoubtShowCommand } from './indoubt-show.ts'
import { lineageCommand } from './lineage.ts'
import { modelsCompareCommand } from './models-compare.ts'
import { newCommand } from './new.ts'
import { parkedConfirmCommand } from './parked-confirm.ts'
import { parkedDiscardCommand } from './parked-discard.ts'
import { parkedEditCommand } from './parked-edit.ts'
import { parkedListCommand } from './parked-list.ts'
import { parkedRetryCommand } from './parked-retry.ts'
import { parkedShowCommand } from './parked-show.ts'
import { pipelineBackfillCommand } from './pipeline-backfill.ts'
import { pipelineCancelCommand } from './pipeline-cancel.ts'
import { pipelineFixCommand } from './pipeline-fix.ts'
import { pipelineListCommand } from './pipeline-list.ts'
import { pipelineRepairCommand } from './pipeline-repair.ts'
import { pipelineResumeCommand } from './pipeline-resume.ts'
import { pipelineRowsCommand } from './pipeline-rows.ts'
import { pipelineRunCommand } from './pipeline-run.ts'
import { pipelineShowCommand } from './pipeline-show.ts'
import { profileCommand } from './profile.ts'
import { projectionListCommand } from './projection-list.ts'
import { projectionRebuildCommand } from './projection-rebuild.ts'
import { queryCommand } from './query.ts'
import { replayCommand } from './replay.ts'
import { resyncCommand } from './resync.ts'
import { retryCommand } from './retry.ts'
import { sagaConfirmCommand } from './saga-confirm.ts'
import { sagaContinueCommand } from './saga-continue.ts'
import { sagaDecideCommand } from './saga-decide.ts'
import { sagaListCommand } from './saga-list.ts'
import { sagaPauseCommand } from './saga-pause.ts'
import { sagaReleaseCommand } from './saga-release.ts'
import { sagaRetryCommand } from './saga-retry.ts'
import { sagaShowCommand } from './saga-show.ts'
import { sagaStartCommand } from './saga-start.ts'
import { sagaTakeCommand } from './saga-take.ts'
import { sagaUndoCommand } from './saga-undo.ts'
import { type Command, parseCall } from './shared/command.ts'
import { commandHelp, overview } from './shared/help.ts'
import { safe, Terminal } from './shared/terminal.ts'
import { startCommand } from './start.ts'
import { statusCommand } from './status.ts'
import { storeCopyCommand } from './store-copy.ts'
import { suggestCommand } from './suggest.ts'
import { traceCommand } from './trace.ts'
import { verifyCommand } from './verify.ts'
import { whyCommand } from './why.ts'
import { workersCommand } from './workers.ts'

const commands: readonly Command[] = [
  newCommand,
  devCommand,
  startCommand,
  checkCommand,
  drillCommand,
  graphCommand,
  asyncapiCommand,
  lineageCommand,
  impactCommand,
  whyCommand,
  profileCommand,
  driftCommand,
  modelsCompareCommand,
  importCommand,
  suggestCommand,
  statusCommand,
  workersCommand,
  verifyCommand,
  traceCommand,
  failuresCommand,
  parkedListCommand,
  parkedShowCommand,
  parkedEditCommand,
  parkedRetryCommand,
  parkedConfirmCommand,
  parkedDiscardCommand,
  batchStartCommand,
  batchShowCommand,
  batchGoCommand,
  batchPauseCommand,
  batchAbortCommand,
  sagaListCommand,
  sagaShowCommand,
  sagaStartCommand,
  sagaDecideCommand,
  sagaRetryCommand,
  sagaConfirmCommand,
  sagaUndoCommand,
  sagaPauseCommand,
  sagaContinueCommand,
  sagaTakeCommand,
  sagaReleaseCommand,
  indoubtListCommand,
  indoubtShowCommand,
  indoubtResolveCommand,
  indoubtAcknowledgeCommand,
  aggregateListCommand,
  aggregateShowCommand,
  pipelineListCommand,
  pipelineShowCommand,
  pipelineRunCommand,
  pipelineBackfillCommand,
  pipelineResumeCommand,
  pipelineCancelCommand,
  pipelineRowsCommand,
  pipelineFixCommand,
  pipelineRepairCommand,
  queryCommand,
  projectionListCommand,
  projectionRebuildCommand,
  alertsCommand,
  alertShowCommand,
  alertSilenceCommand,
  alertAcknowledgeCommand,
  alertTestCommand,
  replayCommand,
  retryCommand,
  resyncCommand,
  auditListCommand,
  auditVerifyCommand,
  accountCodeCommand,
  storeCopyCommand,
]

// Whoever read the answer, such as `head`, may have gone before its end.
process.stdout.on('error', () => process.exit())
process.exitCode = await main(process.argv.slice(2))
// Handles that are still open, such as those of a store that stays claimed, do not keep a command alive.
process.stdout.write('', () => process.exit())

async function main(args: readonly string[]): Promise<number> {
  const terminal = new Terminal()
  try {
    return await run(args, terminal)
  } catch (error) {
    return report(error, args.includes('--json'), terminal)
  }
}

async function run(args: readonly string[], terminal: Terminal): Promise<number> {
  const [first = ''] = args
  if (['', 'help', '-h', '--help'].includes(first)) {
    terminal.line(overview(commands, version, terminal))
    return first === '' ? exitCodes.usage : exitCodes.ok
  }
  if (first === '--version' || first === 'version') {
    terminal.line(version)
    return exitCodes.ok
  }
  const found = commands.find(({ name }) => name === args.slice(0, name.split(' ').length).join(' '))
  if (!found) throw new IsthmusError('CLI-USAGE', unknown(args))
  const { values, positionals } = parseCall(found, args.slice(found.name.split(' ').length))
  if (values.help) {
    terminal.line(commandHelp(found, terminal))
    return exitCodes.ok
  }
  return found.run({ values, positionals, terminal, environment: process.env })
}

function unknown([first = '', second = '']: readonly string[]): string {
  const group = commands
    .filter(({ name }) => name.startsWith(`${first} `))
    .map(({ name }) => name.split(' ')[1])
  if (group.length === 0) return `There is no command "${first}". See isthmus --help`
  const what = second === '' || second.startsWith('-') ? 'says nothing alone' : `knows no "${second}"`
  return `isthmus ${first} ${what}: use ${first} ${group.join(`, ${first} `)}`
}

/** Mistakes of users are explained; of anything else its place is told too. */
function report(error: unknown, json: boolean, terminal: Terminal): number {
  const code = error instanceof IsthmusError ? error.code : 'UNEXPECTED'
  if (json) terminal.json({ error: { code, reason: reasonOf(error) } })
  const { red, dim } = terminal.colour
  const [first = '', ...rest] = reasonOf(error).split('\n')
  terminal.aside(`${red('✖')} ${safe(first)} ${dim(code)}${rest.map(line => `\n  ${safe(line)}`).join('')}`)
  if (error instanceof IsthmusError) return exitCodeOf(error)
  if (error instanceof Error) terminal.aside(dim(error.stack ?? ''))
  return exitCodes.internal
}
