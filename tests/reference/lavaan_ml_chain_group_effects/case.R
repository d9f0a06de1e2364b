# A difference of effects between groups.
source("../write_case.R")
data <- read_data("chain.csv")
fit <- sem(read_model(), data = data, group = "group", group.equal = "loadings")
write_case(fit)
