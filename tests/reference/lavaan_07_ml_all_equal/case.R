# Everything equal over groups.
source("../write_case.R")
data <- read_data("holzinger_swineford.csv")
fit <- cfa(read_model(), data = data, group = "school", group.equal = "all")
write_case(fit)
