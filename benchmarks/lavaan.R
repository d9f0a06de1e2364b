# Times lavaan on files that the Python side wrote: jobs.csv holds data file, model file and the call's options.
suppressMessages(library(lavaan))
folder <- commandArgs(trailingOnly = TRUE)[1]
jobs <- read.csv(file.path(folder, "jobs.csv"), stringsAsFactors = FALSE)
seconds <- sapply(seq_len(nrow(jobs)), function(i) {
  data <- read.csv(file.path(folder, jobs$data[i]))
  model <- paste(readLines(file.path(folder, jobs$model[i])), collapse = "\n")
  run <- eval(parse(text = paste0("function() { ", jobs$call[i], " }")))
  if (jobs$repeats[i] > 1) invisible(run())
  times <- sapply(seq_len(jobs$repeats[i]), function(k) system.time(run())[["elapsed"]])
  median(times)
})
write.csv(data.frame(job = jobs$job, seconds = seconds), file.path(folder, "seconds.csv"), row.names = FALSE)
cat(sprintf("lavaan %s, R %s, %s\n", packageVersion("lavaan"), getRversion(), extSoftVersion()[["BLAS"]]))
