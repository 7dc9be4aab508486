import { registerHooks } from 'node:module'

/**
 * Preloaded into Directus: isolated-vm is native code that npm does not bring ready-made, and only extensions and flows
 * with scripts of their own need it. Nothing else of Directus is another one than users run.
 */
const url = new URL('./no-isolates.cjs', import.meta.url).href
registerHooks({
  resolve: (name, context, next) =>
    name === 'isolated-vm' ? { url, format: 'commonjs', shortCircuit: true } : next(name, context),
})
