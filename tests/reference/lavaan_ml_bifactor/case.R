# A general and four group factors, uncorrelated.
source("../write_case.R")
data <- read_data("hierarchy.csv")
fit <- cfa(read_model(), data = data, std.lv = TRUE, orthogonal = TRUE)
write_case(fit)
