# Chi-square tests that two constructs correlate less than a cutoff: semTools::discriminantValidity, five scales of
# the 25 items, complete answers, cutoffs .85 and .9.
suppressPackageStartupMessages({library(lavaan); library(semTools)})
source("../write_tables.R")
bfi <- read_bfi()
model <- paste(vapply(names(scales), function(s) paste0(s, " =~ ", paste(scales[[s]], collapse = " + ")), ""), collapse = "\n")
fit <- cfa(model, data = bfi, std.lv = TRUE)
for (cutoff in c(0.85, 0.9)) {
  found <- discriminantValidity(fit, cutoff = cutoff)
  write_table(found, paste0("cutoff_", 100 * cutoff, ".csv"))
}
write_session("lavaan", "semTools")
