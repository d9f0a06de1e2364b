# Permutation distribution of the change in CFI and chi-square from configural to metric invariance over schools:
# semTools::permuteMeasEq with 200 permutations.
suppressPackageStartupMessages({library(lavaan); library(semTools)})
source("../write_tables.R")
abilities <- read.csv("../data/holzinger_swineford.csv")
model <- "visual =~ x1 + x2 + x3
textual =~ x4 + x5 + x6
speed =~ x7 + x8 + x9"
# permuteMeasEq calls lavaan again with these very arguments, so each is written out.
configural <- cfa(model, data = abilities, group = "school", std.lv = TRUE)
metric <- cfa(model, data = abilities, group = "school", group.equal = "loadings", std.lv = TRUE)
draws <- function(con, uncon, param, name) {
  set.seed(12345)
  out <- permuteMeasEq(nPermute = 200, con = con, uncon = uncon, param = param, AFIs = c("chisq", "cfi"), moreAFIs = NULL,
                       showProgress = FALSE)
  write_table(out@AFI.dist, paste0(name, "_draws.csv"))
  write_table(data.frame(statistic = names(out@AFI.obs), observed = out@AFI.obs, pvalue = out@AFI.pval), paste0(name, "_test.csv"))
}
draws(metric, configural, "loadings", "metric")
write_session("lavaan", "semTools")
