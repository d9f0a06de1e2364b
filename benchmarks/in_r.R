# Times R on files that the Python side wrote: jobs.csv holds data file, model file, what to prepare untimed, the call,
# how often to run it, and by what to multiply where only a part of the work is run.
suppressMessages({
  library(lavaan)
  library(psych, exclude = "cor2cov")
})
options(mc.cores = 2)
folder <- commandArgs(trailingOnly = TRUE)[1]
jobs <- read.csv(file.path(folder, "jobs.csv"), stringsAsFactors = FALSE)
seconds <- sapply(seq_len(nrow(jobs)), function(i) {
  data <- read.csv(file.path(folder, jobs$data[i]))
  model <- paste(readLines(file.path(folder, jobs$model[i])), collapse = "\n")
  eval(parse(text = jobs$prepare[i]))
  run <- eval(parse(text = paste0("function() { ", jobs$call[i], " }")))
  if (jobs$repeats[i] > 1) invisible(run())
  times <- sapply(seq_len(jobs$repeats[i]), function(k) {
    sink(nullfile())
    on.exit(sink())
    system.time(suppressWarnings(suppressMessages(run())))[["elapsed"]]
  })
  median(times) * jobs$scale[i]
})
write.csv(data.frame(job = jobs$job, seconds = seconds), file.path(folder, "seconds.csv"), row.names = FALSE)
cat(sprintf(
  "R %s, lavaan %s, psych %s, %s\n",
  getRversion(), packageVersion("lavaan"), packageVersion("psych"), extSoftVersion()[["BLAS"]]
))
