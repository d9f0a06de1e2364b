# Times one piece of work in R on files that the Python side wrote: job.csv holds what to prepare untimed, the call, how
# often to run it, and by what to multiply where only a part of the work is run.
suppressMessages({
  library(lavaan)
  library(psych, exclude = "cor2cov")
})
options(mc.cores = 2)
folder <- commandArgs(trailingOnly = TRUE)[1]
job <- read.csv(file.path(folder, "job.csv"), stringsAsFactors = FALSE)
data <- read.csv(file.path(folder, "data.csv"))
model <- paste(readLines(file.path(folder, "model.txt")), collapse = "\n")
eval(parse(text = job$prepare))
run <- eval(parse(text = paste0("function() { ", job$call, " }")))
clock <- function() {
  sink(nullfile())
  on.exit(sink())
  system.time(suppressWarnings(suppressMessages(run())))[["elapsed"]]
}
# The first run warms R up; where it takes long, that no longer matters and nobody should wait for more.
first <- clock()
times <- if (first > 5) first else replicate(job$repeats, clock())
write.csv(data.frame(seconds = median(times) * job$scale), file.path(folder, "seconds.csv"), row.names = FALSE)
