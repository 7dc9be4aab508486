// Preloaded (--import) before Node's test runner, which follows every promise to tell whose test an error is. That takes half
// of the time of what works with promises, and the resources that are no promises tell it as well.
import asyncHooks from 'node:async_hooks'

const { createHook } = asyncHooks
asyncHooks.createHook = callbacks => createHook({ ...callbacks, trackPromises: false })
