// As in the first run of a workflow: nothing was stored under this key yet.
process.stdout.write(`nothing is cached under ${process.env.KEY}\n`);
