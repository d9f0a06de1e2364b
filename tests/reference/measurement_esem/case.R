# Exploratory structural equation model of 15 items and three traits: every item loads on every factor, rotated to a target
# of zeros outside its own trait (lavaan's efa() blocks, oblique target rotation, standardised answers).
suppressPackageStartupMessages(library(lavaan))
source("../write_tables.R")
names_of <- c("A", "C", "N")
items <- na.omit(read_bfi()[unlist(scales[names_of])])
target <- matrix(0, 15, 3)
mask <- matrix(1, 15, 3)
for (j in 1:3) mask[5 * (j - 1) + 1:5, j] <- 0
model <- paste(paste0('efa("b")*', names_of, collapse = " + "), "=~", paste(names(items), collapse = " + "))
fit <- cfa(model, data = items, rotation = "pst", rotation.args = list(target = target, target.mask = mask, rstarts = 10))
m <- fitMeasures(fit, c("chisq", "df", "pvalue", "cfi", "tli", "rmsea", "srmr"))
write_table(data.frame(as.list(m)), "fit.csv")
std <- standardizedSolution(fit)
loadings <- std[std$op == "=~", ]
write_table(data.frame(factor = loadings$lhs, item = loadings$rhs, std = loadings$est.std, se = loadings$se), "loadings.csv")
phi <- std[std$op == "~~" & std$lhs %in% names_of & std$lhs != std$rhs, ]
write_table(data.frame(lhs = phi$lhs, rhs = phi$rhs, r = phi$est.std, se = phi$se), "correlations.csv")
write_session("lavaan")
