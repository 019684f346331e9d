/** A decode worker that cannot start. */
throw new Error("no decoder here");
